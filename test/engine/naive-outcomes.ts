import type { Bucketing } from "../../src/model/condition";
import type { Flag, Outcome, Rule, Split } from "../../src/model/flag";
import { bucketOf, naiveBucket, unitOf, type NaiveWorld } from "./naive-world";

type Optional<T> = { readonly [K in keyof T]: T[K] | undefined };

/** Without the fields that are `undefined`. */
function outcomeOf(fields: Optional<Outcome>): Outcome {
  return JSON.parse(JSON.stringify(fields)) as Outcome;
}

export function usualOutcome({ fallthrough, defaultValue }: Flag): Outcome {
  return fallthrough ?? outcomeOf({ value: defaultValue });
}

export function offOutcome({ type, off, offValue, defaultValue }: Flag): Outcome {
  if (off) return off;
  if (offValue !== undefined) return { value: offValue };
  return type === "boolean" ? { value: false } : outcomeOf({ value: defaultValue });
}

/** What a plain rollout serves to those who are in. */
export function insideOutcome({ type, rollout, defaultValue }: Flag): Outcome {
  if (rollout?.value !== undefined) return { value: rollout.value };
  return type === "boolean" ? { value: true } : outcomeOf({ value: defaultValue });
}

export function overrideOutcome(flag: Flag, world: NaiveWorld, environment: string | undefined): Outcome | undefined {
  const ids = { user: world.context.userId, tenant: world.context.tenantId, environment };
  for (const scope of ["user", "tenant", "environment"] as const) {
    const found = flag.overrides?.find((each) => each.scope === scope && each.id === ids[scope]);
    if (!found) continue;
    world.note(`override of a ${scope}`);
    return outcomeOf({ value: found.value, variant: found.variantId });
  }
  return undefined;
}

/** What the flag's rollout and the distributions of its rules hash. */
function bucketingOf({ key, rollout }: Flag): Bucketing {
  return (
    rollout?.bucketing ?? { algorithm: "native", unit: rollout?.hashKey ?? "userId", suffix: `:${key}:${rollout?.salt ?? ""}` }
  );
}

/** The unit that a sticky flag is assigned to. */
export function assignedUnit(flag: Flag, world: NaiveWorld): string | undefined {
  return unitOf(bucketingOf(flag).unit, world);
}

export function isSplitting({ type, variants, rollout }: Flag): boolean {
  if (!variants || variants.length === 0 || type === "boolean") return false;
  return type === "multivariate" || (rollout !== undefined && rollout.value === undefined);
}

/** Whether the unit is in the share that a rule applies to. */
export function isInShare({ id, rolloutPct }: Rule, { key, rollout }: Flag, world: NaiveWorld): boolean {
  if (rolloutPct === undefined) return true;
  const unit = unitOf(rollout?.hashKey ?? "userId", world);
  const isIn = unit !== undefined && bucketOf(`${unit}:${key}:${id}`) < rolloutPct;
  world.note(`rolloutPct ${isIn}`);
  return isIn;
}

/** What a rule serves; `undefined` where it passes the unit on. */
export function ruleOutcome(rule: Rule, flag: Flag, world: NaiveWorld): Outcome | undefined {
  const { value, variantId: variant } = rule;
  const served = (["isHoldout", "outcome", "split", "distribution", "variantId", "value"] as const).find(
    (name) => rule[name] !== undefined,
  );
  world.note(`rule serves ${served}`);
  if (rule.isHoldout) return usualOutcome(flag);
  if (rule.outcome) return rule.outcome;
  if (rule.split) return splitOutcome(rule.split, world);
  if (!rule.distribution) return outcomeOf({ value, variant });
  return weighted(
    rule.distribution.map((each) => [each.variantId, each.weight]),
    flag,
    world,
    100,
  );
}

function splitOutcome({ by, ranges, rest }: Split, world: NaiveWorld): Outcome | undefined {
  const bucket = naiveBucket(by, world);
  const found = bucket === undefined ? undefined : ranges.find(([start, end]) => bucket >= start && bucket < end);
  const isPast = bucket !== undefined && ranges.every(([, end]) => bucket >= end);
  const where =
    bucket === undefined ? "no unit" : found ? (found[2] ? "range" : "null") : isPast ? (rest ? "rest" : "past") : "gap";
  world.note(`split ${where}`);
  return found ? (found[2] ?? undefined) : isPast ? rest : undefined;
}

/** The part of the flag's split that the unit is in. */
export function rolloutOutcome(flag: Flag, world: NaiveWorld): Outcome | undefined {
  const { variants = [], rollout } = flag;
  if (isSplitting(flag))
    return weighted(
      variants.map((each) => [each.key, each.weight]),
      flag,
      world,
      rollout?.percentage ?? 100,
    );
  if (!rollout) return undefined;
  const by = bucketingOf(flag);
  const bucket = naiveBucket(by, world);
  return bucket !== undefined && (bucket / (by.size ?? 100)) * 100 < rollout.percentage ? insideOutcome(flag) : undefined;
}

/** Parts side by side in [0, size), each let in from its start up to `percentage` of its width. */
function weighted(
  parts: [key: string, weight: number][],
  flag: Flag,
  world: NaiveWorld,
  percentage: number,
): Outcome | undefined {
  const by = bucketingOf(flag);
  const { size = 100 } = by;
  const bucket = naiveBucket(by, world);
  if (bucket === undefined) return undefined;
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  let before = 0;
  for (const [variant, weight] of parts) {
    const start = (before / total) * size;
    before += weight;
    const end = (before / total) * size;
    if (bucket >= start && bucket < (percentage >= 100 ? end : start + ((end - start) * percentage) / 100)) return { variant };
  }
  return undefined;
}
