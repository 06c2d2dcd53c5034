import type { Bucketing, Condition, Range } from "../model/condition";
import type { Flag, Outcome, Prerequisite, Split } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason } from "../model/result";
import type { Layer } from "../model/segment";
import type { CoreFlag, CoreStep } from "./core";
import { DefinitionError } from "./definition-error";
import { parseInstant } from "./instant";
import { lowerOverrides } from "./lower-overrides";

/** The variant key that a sticky rollout without variants assigns. */
export const ON_VARIANT = "on";

interface Weighted {
  readonly key: string;
  readonly weight: number;
}

/** Lowers a flag, with the layers that name it, to the core. @throws DefinitionError for what has no meaning there. */
export function lowerFlag(flag: Flag, layers: readonly Layer[]): CoreFlag {
  const { key, type, status, defaultValue, offValue, scheduledAt, expiresAt, rules, environment, rollout, variants = [] } = flag;
  const isBoolean = type === "boolean";
  const by = rollout?.bucketing ?? native(rollout?.hashKey, `${key}:${rollout?.salt ?? ""}`);
  const usual = flag.fallthrough ?? toOutcome(defaultValue);
  const off = flag.off ?? toOutcome(offValue !== undefined ? offValue : isBoolean ? false : defaultValue);
  const inside = toOutcome(rollout?.value !== undefined ? rollout.value : isBoolean || defaultValue);
  const splits =
    variants.length > 0 && (type === "multivariate" || (rollout !== undefined && rollout.value === undefined && !isBoolean));
  const sticky = rollout?.sticky || rules.some((rule) => rule.sticky);

  const steps: CoreStep[] = [];
  const add = (
    step: number,
    reason: EvalReason,
    when: readonly Condition[],
    serve: CoreStep["serve"],
    assigns = false,
    ruleId: string | null = null,
  ): void => {
    steps.push({ step, reason, when, serve, assigns, ruleId });
  };

  if (status === "killed") add(2, "kill_switch", [], off);
  if (status === "archived") add(3, "disabled", [], off);
  if (scheduledAt) add(4, "not_scheduled", [{ dimension: "$now", op: "lt", value: lowerDate(scheduledAt) }], usual);
  if (expiresAt) add(4, "expired", [{ dimension: "$now", op: "gt", value: lowerDate(expiresAt) }], usual);
  for (const each of flag.prerequisites ?? []) add(5, "prerequisite_not_met", [{ none: [lowerPrerequisite(each)] }], off);
  for (const layer of layers) add(6, "exclusion_group_miss", [outsideAllocation(layer, key)], usual);
  for (const [when, outcome] of lowerOverrides(flag)) add(7, "override", [when], outcome);
  if (sticky) {
    const assigned = new Map<string, Outcome>(variants.map((variant) => [variant.key, { variant: variant.key }]));
    add(8, "assignment", [], { unit: by.unit, assigned: splits ? assigned : assigned.set(ON_VARIANT, inside) });
  }
  for (const rule of [...rules].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0))) {
    const { id, conditions, rolloutPct, distribution, outcome, split, value, variantId } = rule;
    if (rule.enabled === false) continue;
    const when =
      rolloutPct === undefined
        ? [conditions]
        : [conditions, { bucket: native(rollout?.hashKey, `${key}:${id}`), in: [[0, rolloutPct]] as const }];
    const parts = distribution?.map((part) => ({ key: part.variantId, weight: part.weight }));
    const serve = rule.isHoldout
      ? usual
      : (outcome ?? split ?? (parts ? weightedSplit(by, parts, 100) : toOutcome(value, variantId)));
    add(9, "rule_match", when, serve, rule.sticky, id);
  }
  if (splits) add(10, "weighted_random", [], weightedSplit(by, variants, rollout?.percentage ?? 100), rollout?.sticky);
  else if (rollout)
    add(10, "percentage", [], { by, ranges: [[0, (rollout.percentage * (by.size ?? 100)) / 100, inside]] }, rollout.sticky);
  for (const [name, value] of Object.entries(flag.environmentDefaults ?? {}))
    add(11, "default", [{ dimension: "environment", op: "eq", value: name }], { value });
  add(11, "default", [], usual);

  return {
    key,
    isBoolean,
    environments: flag.environments ?? (environment === undefined ? environment : [environment]),
    variants: new Map(variants.map((variant) => [variant.key, variant.value])),
    stickyUnit: sticky ? by.unit : undefined,
    steps,
  };
}

export function toOutcome(value: JsonValue | undefined, variant?: string): Outcome {
  return { ...(value !== undefined && { value }), ...(variant !== undefined && { variant }) };
}

function native(unit: string | undefined, suffix: string): Bucketing {
  return { algorithm: "native", unit: unit ?? "userId", suffix: `:${suffix}` };
}

function lowerDate(text: string): number {
  const instant = parseInstant(text);
  if (instant === undefined) throw new DefinitionError(`no date: ${text}`);
  return instant;
}

/** A flag that must have a value, a variant, or, where neither is named, be on. */
function lowerPrerequisite(prerequisite: Prerequisite): Condition {
  const { flagKey: flag, value, variant } = prerequisite as Extract<Prerequisite, { flagKey: string }>;
  if (flag === undefined) return prerequisite as Condition;
  if (value !== undefined) return { flag, where: { dimension: "value", op: "eq", value } };
  if (variant !== undefined) return { flag, where: { dimension: "variant", op: "eq", value: variant } };
  const isOff: Condition[] = [
    { dimension: "enabled", op: "eq", value: false },
    { dimension: "value", op: "in", value: [false, 0, ""] },
    { dimension: "value", op: "exists", value: false },
  ];
  return { flag, where: { none: isOff } };
}

/** The unit is in one of the gaps that the flag's allocations leave. A context without the unit is in none. */
function outsideAllocation({ key, hashKey, allocations }: Layer, flagKey: string): Condition {
  const gaps: Range[] = [];
  let past = 0;
  for (const { start, end } of allocations.filter((each) => each.flagKey === flagKey).sort((a, b) => a.start - b.start)) {
    gaps.push([past, start]);
    past = end;
  }
  return { bucket: native(hashKey, `${key}:`), in: [...gaps, [past, 100]] };
}

/**
 * Divides the buckets by weight, and lets `percentage` of each part in, counted from the part's start: so raising the
 * percentage adds units to every part alike, and moves none from one part to another.
 */
function weightedSplit(by: Bucketing, parts: readonly Weighted[], percentage: number): Split {
  const { size = 100 } = by;
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0) || parts.some(({ weight }) => weight < 0)) throw new DefinitionError("weight");
  let walked = 0;
  const ranges = parts.map(({ key, weight }) => {
    const start = (walked / total) * size;
    const end = ((walked += weight) / total) * size;
    return [start, percentage < 100 ? start + ((end - start) * percentage) / 100 : end, { variant: key }] as const;
  });
  return { by, ranges };
}
