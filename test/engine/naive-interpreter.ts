import type { Flag, Outcome, Rule, Split } from "../../src/model/flag";
import type { Snapshot } from "../../src/model/snapshot";
import { naiveCondition } from "./naive-conditions";
import { bucketOf, environmentOf, naiveBucket, unitOf, type NaiveResult, type NaiveWorld } from "./naive-world";

/** The pipeline as it is described, step after step, straight from the definitions. Slow, and simple enough to check by eye. */
export function interpret(key: string, given: NaiveWorld): NaiveResult | undefined {
  const world: NaiveWorld = { ...given, refer: interpretReferred };
  const flag = world.snapshot.flags.find((each) => each.key === key);
  if (!flag) return undefined;
  const environment = environmentOf(world);
  const homes = flag.environments ?? (flag.environment === undefined ? undefined : [flag.environment]);
  if (homes && environment !== undefined && !homes.includes(environment)) return undefined;
  if (isOnCircle(key, world.snapshot))
    return { value: world.fallback, variant: null, enabled: false, reason: "default", ruleId: null };

  const isBoolean = flag.type === "boolean";
  const served = (outcome: Outcome, reason: string, enabled: boolean | "value", ruleId: string | null = null): NaiveResult => {
    const variantValue = flag.variants?.find((each) => each.key === outcome.variant)?.value;
    const value = outcome.value !== undefined ? outcome.value : outcome.variant !== undefined ? variantValue : world.fallback;
    const on = outcome.enabled ?? (enabled === "value" ? (isBoolean ? value === true : true) : enabled);
    return { value, variant: outcome.variant ?? null, enabled: on, reason, ruleId };
  };
  const usual: Outcome = flag.fallthrough ?? (flag.defaultValue === undefined ? {} : { value: flag.defaultValue });
  const off: Outcome =
    flag.off ??
    (flag.offValue !== undefined
      ? { value: flag.offValue }
      : isBoolean
        ? { value: false }
        : flag.defaultValue === undefined
          ? {}
          : { value: flag.defaultValue });

  if (flag.status === "killed") return served(off, "kill_switch", false);
  if (flag.status === "archived") return served(off, "disabled", false);
  if (flag.scheduledAt !== undefined && world.now < Date.parse(flag.scheduledAt)) return served(usual, "not_scheduled", false);
  if (flag.expiresAt !== undefined && world.now > Date.parse(flag.expiresAt)) return served(usual, "expired", false);
  if (!(flag.prerequisites ?? []).every((each) => prerequisiteHolds(each, world)))
    return served(off, "prerequisite_not_met", false);

  for (const layer of world.snapshot.layers) {
    const mine = layer.allocations.filter((each) => each.flagKey === key);
    const unit = unitOf(layer.hashKey ?? "userId", world);
    if (mine.length === 0 || unit === undefined) continue;
    const bucket = bucketOf(`${unit}:${layer.key}:`);
    if (!mine.some(({ start, end }) => bucket >= start && bucket < end)) return served(usual, "exclusion_group_miss", false);
  }

  if (key in world.overrides)
    return { value: world.overrides[key], variant: null, enabled: true, reason: "override", ruleId: null };
  const ids = { user: world.context.userId, tenant: world.context.tenantId, environment };
  for (const scope of ["user", "tenant", "environment"] as const) {
    const found = flag.overrides?.find((each) => each.scope === scope && each.id === ids[scope]);
    if (found)
      return served(
        {
          ...(found.value !== undefined && { value: found.value }),
          ...(found.variantId !== undefined && { variant: found.variantId }),
        },
        "override",
        true,
      );
  }

  const splits = isSplitting(flag);
  const unit = unitOf(flag.rollout?.hashKey ?? "userId", world);
  const bucket = unit === undefined ? undefined : bucketOf(`${unit}:${key}:${flag.rollout?.salt ?? ""}`);
  const inside: Outcome =
    flag.rollout?.value !== undefined
      ? { value: flag.rollout.value }
      : isBoolean
        ? { value: true }
        : flag.defaultValue === undefined
          ? {}
          : { value: flag.defaultValue };
  if ((flag.rollout?.sticky || flag.rules.some((rule) => rule.sticky)) && unit !== undefined) {
    const assigned = world.assignments[key]?.[unit];
    if (assigned !== undefined && flag.variants?.some((each) => each.key === assigned))
      return served({ variant: assigned }, "assignment", true);
    if (assigned === "on" && !splits) return served(inside, "assignment", true);
  }
  const make = (result: NaiveResult, sticky: boolean | undefined): NaiveResult => {
    if (sticky && unit !== undefined) world.made.push([key, unit, result.variant ?? "on"]);
    return result;
  };

  const rules = [...flag.rules]
    .map((rule, i) => ({ rule, i }))
    .sort((a, b) => (a.rule.priority ?? 0) - (b.rule.priority ?? 0) || a.i - b.i);
  for (const { rule } of rules) {
    if (rule.enabled === false || !naiveCondition(rule.conditions, world)) continue;
    if (rule.rolloutPct !== undefined && (unit === undefined || bucketOf(`${unit}:${key}:${rule.id}`) >= rule.rolloutPct))
      continue;
    const outcome = ruleOutcome(rule, usual, bucket, world);
    if (outcome) return make(served(outcome, "rule_match", true, rule.id), rule.sticky);
  }

  if (splits && bucket !== undefined) {
    const chosen = weighted(flag.variants?.map((each) => [each.key, each.weight]) ?? [], bucket, flag.rollout?.percentage ?? 100);
    if (chosen !== undefined) return make(served({ variant: chosen }, "weighted_random", true), flag.rollout?.sticky);
  } else if (flag.rollout && bucket !== undefined && bucket < flag.rollout.percentage) {
    return make(served(inside, "percentage", true), flag.rollout.sticky);
  }

  const local = environment === undefined ? undefined : flag.environmentDefaults?.[environment];
  return served(local === undefined ? usual : { value: local }, "default", "value");
}

/** Another flag's result; one that is on a circle is nothing to build on. */
function interpretReferred(key: string, world: NaiveWorld): NaiveResult | undefined {
  return isOnCircle(key, world.snapshot) ? undefined : interpret(key, { ...world, fallback: null });
}

function prerequisiteHolds(prerequisite: NonNullable<Flag["prerequisites"]>[number], world: NaiveWorld): boolean {
  if (typeof prerequisite === "boolean" || !("flagKey" in prerequisite)) return naiveCondition(prerequisite, world);
  const result = interpretReferred(prerequisite.flagKey, world);
  if (!result) return false;
  if (prerequisite.value !== undefined) return JSON.stringify(result.value) === JSON.stringify(prerequisite.value);
  if (prerequisite.variant !== undefined) return result.variant === prerequisite.variant;
  return result.enabled && Boolean(result.value);
}

function ruleOutcome(rule: Rule, usual: Outcome, bucket: number | undefined, world: NaiveWorld): Outcome | undefined {
  if (rule.isHoldout) return usual;
  if (rule.outcome) return rule.outcome;
  if (rule.split) return splitOutcome(rule.split, world);
  if (rule.distribution) {
    const chosen =
      bucket === undefined
        ? undefined
        : weighted(
            rule.distribution.map((each) => [each.variantId, each.weight]),
            bucket,
            100,
          );
    return chosen === undefined ? undefined : { variant: chosen };
  }
  return {
    ...(rule.value !== undefined && { value: rule.value }),
    ...(rule.variantId !== undefined && { variant: rule.variantId }),
  };
}

function splitOutcome(split: Split, world: NaiveWorld): Outcome | undefined {
  const bucket = naiveBucket(split.by, world);
  if (bucket === undefined) return undefined;
  const found = split.ranges.find(([start, end]) => bucket >= start && bucket < end);
  if (found) return found[2] ?? undefined;
  return split.ranges.every(([, end]) => bucket >= end) ? split.rest : undefined;
}

/** Parts side by side in [0, 100), each let in from its start up to `percentage` of its width. */
function weighted(parts: [key: string, weight: number][], bucket: number, percentage: number): string | undefined {
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  let before = 0;
  for (const [key, weight] of parts) {
    const start = (before / total) * 100;
    before += weight;
    const end = (before / total) * 100;
    if (bucket >= start && bucket < (percentage >= 100 ? end : start + ((end - start) * percentage) / 100)) return key;
  }
  return undefined;
}

function isSplitting(flag: Flag): boolean {
  if (!flag.variants || flag.variants.length === 0 || flag.type === "boolean") return false;
  return flag.type === "multivariate" || (flag.rollout !== undefined && flag.rollout.value === undefined);
}

function isOnCircle(key: string, snapshot: Snapshot): boolean {
  const visited = new Set<string>();
  const walk = (at: string): boolean =>
    referencesOf(at, snapshot).some((next) => {
      if (next === `flag:${key}`) return true;
      if (visited.has(next)) return false;
      visited.add(next);
      return walk(next);
    });
  return walk(`flag:${key}`);
}

function referencesOf(node: string, snapshot: Snapshot): string[] {
  const [kind, ...rest] = node.split(":");
  const name = rest.join(":");
  const flag = snapshot.flags.find((each) => each.key === name);
  const holder =
    kind === "flag"
      ? flag && [flag.prerequisites, flag.rules.filter((rule) => rule.enabled !== false).map((rule) => rule.conditions)]
      : snapshot.segments.find((each) => each.key === name)?.rules;
  const found: string[] = [];
  JSON.stringify(holder ?? null, (_, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const { flagKey, flag: other, segment, dimension, value: comparand } = value as Record<string, unknown>;
      if (typeof flagKey === "string") found.push(`flag:${flagKey}`);
      if (typeof other === "string") found.push(`flag:${other}`);
      if (typeof segment === "string") found.push(`segment:${segment}`);
      if (dimension === "segment")
        for (const each of [comparand].flat()) if (typeof each === "string") found.push(`segment:${each}`);
    }
    return value;
  });
  return found;
}
