import type { FlagContext } from "../../src/model/context";
import type { EvalReason, Evaluation } from "../../src/model/result";
import type { Kind } from "./definitions";

/** Decides one flag. */
export type Answer = (context: FlagContext) => Evaluation;

interface HandWrittenRule {
  readonly id: string;
  readonly holds: (context: FlagContext) => boolean;
}

const RULES: readonly HandWrittenRule[] = [
  { id: "r1", holds: ({ region, attributes }) => region === "EU" && attributes?.["plan"] === "enterprise" },
  {
    id: "r2",
    holds: ({ userType, attributes }) =>
      (userType === "internal" || userType === "beta") && (attributes?.["age"] as number) >= 90,
  },
  { id: "r3", holds: ({ region, attributes }) => region === "EU" && attributes?.["plan"] === "pro" },
];

/**
 * The same decisions as closures that were written out by hand: nothing is looked up, every field is read by its name,
 * values have the type that is expected of them, and nothing can change.
 */
export function floorOf(kind: Kind, key: string): Answer {
  if (kind === "static") return () => answer(key, true, null, true, "default", null);
  if (kind === "split") return (context) => split(key, context);
  const rules = kind === "rules" ? RULES : RULES.slice(0, 2);
  return (context) => {
    for (const { id, holds } of rules) if (holds(context)) return answer(key, true, null, true, "rule_match", id);
    if (kind === "rollout" && context.userId !== undefined && bucket(context.userId, key) < 50)
      return answer(key, true, null, true, "percentage", null);
    return answer(key, false, null, false, "default", null);
  };
}

/** The split, in which there is nothing to choose between floors. */
export function split(key: string, { userId }: FlagContext): Evaluation {
  if (userId === undefined) return answer(key, "control", null, true, "default", null);
  const n = bucket(userId, key);
  const variant = n < 50 ? "control" : n < 80 ? "blue" : "green";
  return answer(key, variant, variant, true, "weighted_random", null);
}

/** A result, as every floor makes it. */
export function answer(
  key: string,
  value: unknown,
  variant: string | null,
  enabled: boolean,
  reason: EvalReason,
  ruleId: string | null,
): Evaluation {
  return { key, value, variant, enabled, reason, ruleId };
}

/** The unit's bucket in [0, 100): MurmurHash3 x86 32-bit of ASCII text, as short as it gets. */
export function bucket(unit: string, key: string): number {
  const text = `${unit}:${key}:`;
  const { length } = text;
  let h = 0;
  let k = 0;
  for (let i = 0; i < length; i++) {
    k |= text.charCodeAt(i) << (i * 8);
    if ((i & 3) === 3) {
      h ^= scramble(k);
      h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
      k = 0;
    }
  }
  h ^= scramble(k) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (((h ^ (h >>> 16)) >>> 0) / 2 ** 32) * 100;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
