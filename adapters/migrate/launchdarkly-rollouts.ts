import type { Bucketing, Condition, Dimension } from "../../src/model/condition";
import type { Outcome, Rule } from "../../src/model/flag";
import { allOf, anyOf, leaf, not } from "./conditions";
import { findAttribute, keyOf, type Attribute } from "./launchdarkly-attributes";
import { launchDarklyBucket } from "./launchdarkly-bucket";
import type { Rollout, SegmentRule } from "./launchdarkly-document";

/** A part of what a rule serves, and to whom. */
export type Served = { readonly when: Condition; readonly part?: string } & Pick<Rule, "outcome" | "split">;

const WHOLE = 100_000;
/** A number of no whole value, as text. */
const FRACTION = "e-|^[^e]*[.][^e]*$";

/** What a rollout gives to whom; `undefined` for one that LaunchDarkly calls malformed. */
export function divide(rollout: Rollout, of: string, toOutcome: (variation: number) => Outcome): Served[] | undefined {
  const { kind, contextKind, bucketBy, seed, variations = [] } = rollout;
  const last = variations.at(-1);
  const found = kind === "experiment" || !bucketBy ? keyOf(contextKind) : findAttribute(bucketBy, contextKind);
  if (!last || !found) return undefined;
  let sum = 0;
  let end = 0;
  const ranges = variations.map(({ variation, weight }) => {
    const start = end;
    sum += weight / WHOLE;
    end = Math.max(end, sum);
    return [start, end, toOutcome(variation)] as const;
  });
  const rest = toOutcome(last.variation);
  const by = bucketing(found.dimension, `${seed ? String(seed) : of}.`);
  const at = (bucket: number): Outcome => ranges.find((range) => bucket < range[1])?.[2] ?? rest;
  return [
    ...oddities(found, by).map(({ when, part, bucket }) => ({ when, part, outcome: at(bucket) })),
    { when: true, split: { by, ranges, rest } },
  ];
}

/** Whom of those that it matches a segment's rule lets in; `undefined` for a reference that is none. */
export function isWithinWeight({ weight, bucketBy, rolloutContextKind }: SegmentRule, of: string): Condition | undefined {
  if (weight === undefined) return true;
  const found = bucketBy ? findAttribute(bucketBy, rolloutContextKind) : keyOf(rolloutContextKind);
  if (!found) return undefined;
  const share = weight / WHOLE;
  const by = bucketing(found.dimension, `${of}.`);
  const odd = oddities(found, by);
  const inside: Condition = share > 0 && { bucket: by, in: [[0, share]] };
  return anyOf([
    ...odd.filter(({ bucket }) => bucket < share).map(({ when }) => when),
    allOf([...odd.map(({ when }) => not(when)), inside]),
  ]);
}

function bucketing(unit: Dimension, prefix: string): Bucketing {
  return { algorithm: "launchdarkly", unit, prefix, size: 1, missing: 0 };
}

/** Values that LaunchDarkly gives another bucket than hashing would: fractions the first; empty text is given a fixed one. */
function oddities({ dimension, guards, isKey }: Attribute, by: Bucketing): { when: Condition; part: string; bucket: number }[] {
  if (isKey) return [];
  const { prefix = "" } = by;
  return [
    // Deeper down, something may stand in the attribute's place that is not it.
    ...(Array.isArray(dimension) ? [{ part: "elsewhere", when: not(allOf(guards)), bucket: 0 }] : []),
    {
      part: "fraction",
      when: { all: [leaf(dimension, "type", "number"), leaf(dimension, "regex", FRACTION, { as: "string" })] },
      bucket: 0,
    },
    { part: "empty", when: leaf(dimension, "eq", "", { as: "only-string" }), bucket: launchDarklyBucket(prefix, 0, 1, "utf8") },
  ];
}
