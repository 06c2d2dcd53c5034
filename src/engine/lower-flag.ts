import type { Bucketing, Condition } from "../model/condition";
import type { Flag, Outcome, Override, Rule, Split } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { Layer } from "../model/segment";
import { NATIVE } from "./bucketing";
import type { CoreFlag, CoreRollout, CoreRule, CoreSticky } from "./core-flag";
import { DefinitionError, within } from "./definition-error";
import { parseInstant } from "./instant";

/** The variant key that a sticky rollout without variants assigns. */
export const ON_VARIANT = "on";
const SCOPES = [
  ["user", "userId"],
  ["tenant", "tenantId"],
  ["environment", "environment"],
] as const;

/** Lowers a flag, with the layers that name it, to the core. @throws DefinitionError for what has no meaning there. */
export function lowerFlag(flag: Flag, layers: readonly Layer[]): CoreFlag {
  const fallthrough = flag.fallthrough ?? valueOutcome(flag.defaultValue);
  const environments = flag.environments ?? (flag.environment === undefined ? undefined : [flag.environment]);
  return {
    key: flag.key,
    status: flag.status,
    environments: environments && new Set(environments),
    variants: new Map((flag.variants ?? []).map((variant) => [variant.key, variant.value])),
    off: flag.off ?? valueOutcome(offValue(flag)),
    fallthrough,
    fallthroughIn: new Map(Object.entries(flag.environmentDefaults ?? {}).map(([name, value]) => [name, { value }])),
    isBoolean: flag.type === "boolean",
    startsAt: within("scheduledAt", () => lowerDate(flag.scheduledAt)),
    endsAt: within("expiresAt", () => lowerDate(flag.expiresAt)),
    prerequisites: (flag.prerequisites ?? []).map(lowerPrerequisite),
    layers: layers.map((layer) => ({
      key: layer.key,
      by: nativeBucketing(layer.hashKey, `:${layer.key}:`),
      ranges: layer.allocations.filter((each) => each.flagKey === flag.key).map((each) => [each.start, each.end] as const),
    })),
    overrides: lowerOverrides(flag.overrides ?? []),
    sticky: lowerSticky(flag),
    rules: lowerRules(flag),
    rollout: lowerRollout(flag),
  };
}

function valueOutcome(value: JsonValue | undefined): Outcome {
  return value === undefined ? {} : { value };
}

function offValue(flag: Flag): JsonValue | undefined {
  if (flag.offValue !== undefined) return flag.offValue;
  return flag.type === "boolean" ? false : flag.defaultValue;
}

function nativeBucketing(unit: string | undefined, suffix: string): Bucketing {
  return { algorithm: NATIVE, unit: unit ?? "userId", suffix };
}

function flagBucketing(flag: Flag): Bucketing {
  return flag.rollout?.bucketing ?? nativeBucketing(flag.rollout?.hashKey, `:${flag.key}:${flag.rollout?.salt ?? ""}`);
}

function lowerDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant === undefined) throw new DefinitionError("", "is no date");
  return instant;
}

function lowerPrerequisite(prerequisite: NonNullable<Flag["prerequisites"]>[number]): CoreFlag["prerequisites"][number] {
  if (typeof prerequisite === "boolean" || !("flagKey" in prerequisite)) return { when: prerequisite, label: "condition" };
  const { flagKey, value, variant } = prerequisite;
  const on: Condition = {
    all: [
      { dimension: "enabled", op: "eq", value: true },
      { dimension: "value", op: "nin", value: [false, 0, ""] },
      { dimension: "value", op: "exists" },
    ],
  };
  const where: Condition =
    value !== undefined
      ? { dimension: "value", op: "eq", value }
      : variant !== undefined
        ? { dimension: "variant", op: "eq", value: variant }
        : on;
  return { when: { flag: flagKey, where }, label: flagKey };
}

function lowerOverrides(overrides: readonly Override[]): CoreFlag["overrides"] {
  return SCOPES.map(([scope, dimension]) => ({
    dimension,
    outcomes: new Map(overrides.filter((each) => each.scope === scope).map((each) => [each.id, chosen(each)])),
  })).filter(({ outcomes }) => outcomes.size > 0);
}

function chosen({ value, variantId }: { readonly value?: JsonValue; readonly variantId?: string }): Outcome {
  return { ...(variantId !== undefined && { variant: variantId }), ...(value !== undefined && { value }) };
}

function lowerSticky(flag: Flag): CoreSticky | undefined {
  if (flag.rollout?.sticky !== true && !flag.rules.some((rule) => rule.sticky === true)) return undefined;
  const outcomes = new Map<string, Outcome>((flag.variants ?? []).map(({ key }) => [key, { variant: key }]));
  if (!isSplitting(flag) && flag.rollout) outcomes.set(ON_VARIANT, rolloutOutcome(flag));
  return { unit: flagBucketing(flag).unit, outcomes };
}

function lowerRules(flag: Flag): readonly CoreRule[] {
  return flag.rules
    .map((rule, i) => ({ rule, i }))
    .filter(({ rule }) => rule.enabled !== false)
    .sort((a, b) => (a.rule.priority ?? 0) - (b.rule.priority ?? 0) || a.i - b.i)
    .map(({ rule, i }) => within(`rules[${i}]`, () => lowerRule(flag, rule)));
}

function lowerRule(flag: Flag, rule: Rule): CoreRule {
  const gate =
    rule.rolloutPct === undefined
      ? undefined
      : { by: nativeBucketing(flag.rollout?.hashKey, `:${flag.key}:${rule.id}`), percentage: rule.rolloutPct };
  return {
    id: rule.id,
    when: rule.conditions,
    gate,
    serve: rule.isHoldout === true ? (flag.fallthrough ?? valueOutcome(flag.defaultValue)) : lowerServe(flag, rule),
    holdout: rule.isHoldout === true,
    sticky: rule.sticky === true,
  };
}

function lowerServe(flag: Flag, rule: Rule): Outcome | Split {
  if (rule.outcome) return rule.outcome;
  if (rule.split) return rule.split;
  if (rule.distribution) {
    const parts = rule.distribution.map(({ variantId, weight }) => ({ key: variantId, weight }));
    return { by: flagBucketing(flag), ranges: within("distribution", () => weightedRanges(parts, 100, sizeOf(flag))) };
  }
  if (rule.value === undefined && rule.variantId === undefined) return flag.type === "boolean" ? { value: true } : {};
  return chosen(rule);
}

/**
 * Divides [0, size) by weight, and lets `percentage` of each part in, counted from the part's start: so raising the
 * percentage adds units to every part alike, and moves none from one part to another.
 */
function weightedRanges(
  parts: readonly { readonly key: string; readonly weight: number }[],
  percentage: number,
  size: number,
): Split["ranges"] {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0) || parts.some(({ weight }) => weight < 0))
    throw new DefinitionError("", "weights must not be negative, nor all zero");
  let walked = 0;
  return parts.map(({ key, weight }) => {
    const start = (walked / total) * size;
    walked += weight;
    const end = walked === total ? size : (walked / total) * size;
    return [start, percentage >= 100 ? end : start + ((end - start) * percentage) / 100, { variant: key }] as const;
  });
}

function sizeOf(flag: Flag): number {
  return flag.rollout?.bucketing?.size ?? 100;
}

/** Whether the end of the pipeline chooses among variants. */
function isSplitting(flag: Flag): boolean {
  const many = (flag.variants?.length ?? 0) > 0;
  return (
    many &&
    (flag.type === "multivariate" || (flag.rollout !== undefined && flag.rollout.value === undefined && flag.type !== "boolean"))
  );
}

function rolloutOutcome(flag: Flag): Outcome {
  if (flag.rollout?.value !== undefined) return { value: flag.rollout.value };
  return valueOutcome(flag.type === "boolean" ? true : flag.defaultValue);
}

function lowerRollout(flag: Flag): CoreRollout | undefined {
  const splitting = isSplitting(flag);
  if (!flag.rollout && !splitting) return undefined;
  const { percentage = 100, sticky = false } = flag.rollout ?? {};
  const by = flagBucketing(flag);
  const ranges: Split["ranges"] = splitting
    ? within("variants", () => weightedRanges(flag.variants ?? [], percentage, sizeOf(flag)))
    : [[0, (percentage * sizeOf(flag)) / 100, rolloutOutcome(flag)]];
  return { split: { by, ranges }, reason: splitting ? "weighted_random" : "percentage", percentage, sticky };
}
