import type { Flag, Outcome, Prerequisite } from "../../src/model/flag";
import { flagIsOnCircle } from "./naive-circles";
import { same } from "./naive-comparisons";
import { naiveCondition } from "./naive-conditions";
import {
  assignedUnit,
  insideOutcome,
  isInShare,
  isSplitting,
  offOutcome,
  overrideOutcome,
  rolloutOutcome,
  ruleOutcome,
  usualOutcome,
} from "./naive-outcomes";
import { bucketOf, environmentOf, unitOf, type NaiveResult, type NaiveWorld } from "./naive-world";

/** The pipeline as it is described, step after step, straight from the definitions. Slow, and simple enough to check by eye. */
export function interpret(key: string, given: Omit<NaiveWorld, "refer">): NaiveResult | undefined {
  const world: NaiveWorld = { ...given, refer: interpretReferred };
  const result = interpretUsable(key, world);
  return result === "unusable"
    ? { value: world.fallback, variant: null, enabled: false, reason: "default", ruleId: null }
    : result;
}

/** Another flag's result; one that cannot be evaluated is nothing to build on. */
function interpretReferred(key: string, world: NaiveWorld): NaiveResult | undefined {
  const result = interpretUsable(key, { ...world, fallback: null });
  return result === "unusable" ? undefined : result;
}

function interpretUsable(key: string, world: NaiveWorld): NaiveResult | "unusable" | undefined {
  const flag = world.snapshot.flags.find((each) => each.key === key);
  if (!flag) return undefined;
  const environment = environmentOf(world);
  const homes = flag.environments ?? (flag.environment === undefined ? undefined : [flag.environment]);
  const isOnCircle = flagIsOnCircle(key, world.snapshot);
  if (isOnCircle) world.note("circle of a flag");
  if (homes && environment !== undefined && !homes.includes(environment)) {
    world.note("flag of another environment");
    return undefined;
  }
  if (isOnCircle) return "unusable";
  try {
    return interpretFlag(flag, world, environment);
  } catch {
    return "unusable";
  }
}

function interpretFlag(flag: Flag, world: NaiveWorld, environment: string | undefined): NaiveResult {
  const usual = usualOutcome(flag);
  const served = (outcome: Outcome, reason: string, enabled: boolean | "value", ruleId: string | null = null): NaiveResult => {
    const variantValue = flag.variants?.find((each) => each.key === outcome.variant)?.value;
    const value = outcome.value !== undefined ? outcome.value : outcome.variant !== undefined ? variantValue : world.fallback;
    const on = outcome.enabled ?? (enabled === "value" ? flag.type !== "boolean" || value === true : enabled);
    world.note(`reason ${reason}${outcome.value === undefined && outcome.variant === undefined ? ", caller's default" : ""}`);
    return { value, variant: outcome.variant ?? null, enabled: on, reason, ruleId };
  };
  const closed = gate(flag, world);
  if (closed) return served(closed[1] === "off" ? offOutcome(flag) : usual, closed[0], false);

  if (flag.key in world.overrides) return served({ value: world.overrides[flag.key] as null }, "override", true);
  const override = overrideOutcome(flag, world, environment);
  if (override) return served(override, "override", true);
  const assigned = assignedOutcome(flag, world);
  if (assigned) return served(assigned, "assignment", true);

  const remember = (outcome: Outcome, sticky: boolean | undefined): void => {
    const unit = sticky ? assignedUnit(flag, world) : undefined;
    if (unit !== undefined) world.made.push([flag.key, unit, outcome.variant ?? "on"]);
  };
  const rules = flag.rules.map((rule, i) => ({ rule, i }));
  rules.sort((a, b) => (a.rule.priority ?? 0) - (b.rule.priority ?? 0) || a.i - b.i);
  for (const { rule } of rules) {
    if (rule.enabled === false || !naiveCondition(rule.conditions, world) || !isInShare(rule, flag, world)) continue;
    const outcome = ruleOutcome(rule, flag, world);
    if (!outcome) continue;
    remember(outcome, rule.sticky);
    return served(outcome, "rule_match", true, rule.id);
  }
  const rolled = rolloutOutcome(flag, world);
  if (rolled) {
    remember(rolled, flag.rollout?.sticky);
    return served(rolled, isSplitting(flag) ? "weighted_random" : "percentage", true);
  }
  const local = environment === undefined ? undefined : flag.environmentDefaults?.[environment];
  if (local !== undefined) world.note("environment default");
  return served(local === undefined ? usual : { value: local }, "default", "value");
}

/** What ends an evaluation before anybody is looked at more closely: the reason, and what is served. */
function gate(flag: Flag, world: NaiveWorld): [reason: string, serves: "off" | "usual"] | undefined {
  const { key, status, scheduledAt, expiresAt, prerequisites = [] } = flag;
  const at = (text: string): number => Date.parse(/T.*(Z|\+.*)$|^[\d-]*$/.test(text) ? text : `${text}Z`);
  if (status === "killed") return ["kill_switch", "off"];
  if (status === "archived") return ["disabled", "off"];
  if (scheduledAt !== undefined && world.now < at(scheduledAt)) return ["not_scheduled", "usual"];
  if (expiresAt !== undefined && world.now > at(expiresAt)) return ["expired", "usual"];
  if (!prerequisites.every((each) => prerequisiteHolds(each, world))) return ["prerequisite_not_met", "off"];
  for (const layer of world.snapshot.layers) {
    const mine = layer.allocations.filter((each) => each.flagKey === key);
    const unit = unitOf(layer.hashKey ?? "userId", world);
    if (mine.length === 0 || unit === undefined) continue;
    const bucket = bucketOf(`${unit}:${layer.key}:`);
    const isIn = mine.some(({ start, end }) => bucket >= start && bucket < end);
    world.note(`layer ${isIn}`);
    if (!isIn) return ["exclusion_group_miss", "usual"];
  }
  return undefined;
}

function prerequisiteHolds(prerequisite: Prerequisite, world: NaiveWorld): boolean {
  const [kind, holds] = ((): [string, boolean] => {
    if (typeof prerequisite === "boolean" || !("flagKey" in prerequisite))
      return ["condition", naiveCondition(prerequisite, world)];
    const result = world.refer(prerequisite.flagKey, world);
    if (prerequisite.value !== undefined) return ["value", result !== undefined && same(result.value, prerequisite.value)];
    if (prerequisite.variant !== undefined) return ["variant", result?.variant === prerequisite.variant];
    return ["flag", result !== undefined && result.enabled && Boolean(result.value)];
  })();
  world.note(`prerequisite ${kind} ${holds}`);
  return holds;
}

/** What the unit was assigned before, if that still exists. */
function assignedOutcome(flag: Flag, world: NaiveWorld): Outcome | undefined {
  const isSticky = flag.rollout?.sticky || flag.rules.some((rule) => rule.sticky);
  const unit = isSticky ? assignedUnit(flag, world) : undefined;
  const variant = unit === undefined ? undefined : world.assignments[flag.key]?.[unit];
  if (variant === undefined) return undefined;
  const exists = flag.variants?.some((each) => each.key === variant);
  world.note(`assignment ${exists ? "to a variant" : variant === "on" && !isSplitting(flag) ? "as on" : "that is gone"}`);
  if (exists) return { variant };
  return variant === "on" && !isSplitting(flag) ? insideOutcome(flag) : undefined;
}
