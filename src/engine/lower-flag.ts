import type { Bucketing, Condition, Dimension } from "../model/condition";
import type { Flag, Override, Rule } from "../model/flag";
import type { EvalReason } from "../model/result";
import type { Layer } from "../model/segment";
import type { CoreLine, CoreOutcome, CoreSplit, Part } from "./core";
import { fail } from "./fail";
import { leaf, lowerPrerequisite } from "./lower-condition";
import type { Overrides } from "./types";

/** The variant key that a sticky rollout without variants assigns. */
export const ON_VARIANT = "on";

/** What overrides may name, the closest first, in plain or as a digest. Each begins with its scope. */
const SCOPES = ["userId", "$.userId.0", "tenantId", "$.tenantId.0", "environment"];

/** What lowering asks of a flag. */
export type Lowerable = Pick<Flag, "rules"> & Partial<Flag>;

/**
 * Lowers a flag, with the layers that name it, to lines in the order of the pipeline. Every convenience of the written
 * form is gone then: statuses, dates, layers, percentages, weights and defaults are conditions and outcomes.
 *
 * @throws Error for what has no meaning there.
 */
export function lowerFlag(flag: Lowerable, layers: readonly Layer[], forced?: Overrides): CoreLine[] {
  const { key = "", type, status, rules, rollout, variants = [], overrides = [], environmentDefaults = {} } = flag;
  const { scheduledAt, expiresAt, prerequisites = [], defaultValue, fallthrough: usual = { value: defaultValue } } = flag;
  const isBoolean = type === "boolean";
  const { offValue = isBoolean ? false : defaultValue, off = { value: offValue } } = flag;
  const { hashKey, salt, percentage = 100, sticky, bucketing: by = native(key, hashKey, salt) } = rollout ?? {};
  const { value = isBoolean || defaultValue } = rollout ?? {};
  const splits = variants.length > 0 && (type === "multivariate" || (rollout && rollout.value === undefined && !isBoolean));
  const parts = variants.map((each): Part => [each.key, each.weight, { variant: each.key }]);
  const inside: Part = [ON_VARIANT, 1, { value }];
  const lines = [
    status === "killed" && line(2, "kill_switch", off),
    status === "archived" && line(3, "disabled", off),
    scheduledAt && line(4, "not_scheduled", usual, leaf("$now", "dateBefore", scheduledAt)),
    expiresAt && line(4, "expired", usual, leaf("$now", "dateAfter", expiresAt)),
    prerequisites.map((each) => line(5, "prerequisite_not_met", off, { none: [lowerPrerequisite(each)] })),
    layers.map((layer) => line(6, "exclusion_group_miss", shutOut(key, layer, usual))),
    forced && line(7, "override", { forced }),
    SCOPES.map((unit) => lowerOverrides(unit, overrides)),
    (sticky || rules.some((rule) => rule.sticky)) && lookUp(8, "assignment", by.unit, splits ? parts : [...parts, inside], true),
    inOrder(rules).map((rule) => lowerRule(rule, native(key, hashKey, rule.id), by, usual)),
    (splits || rollout) &&
      line(
        10,
        splits ? "weighted_random" : "percentage",
        splitByWeight(by, splits ? parts : [inside], percentage),
        undefined,
        null,
        sticky ? by.unit : undefined,
      ),
    lookUp(
      11,
      "default",
      "environment",
      Object.entries(environmentDefaults).map(([name, each]) => [name, 1, { value: each }]),
    ),
    line(11, "default", usual),
  ];
  return lines.flat().filter(Boolean) as CoreLine[];
}

function line(
  step: number,
  reason: EvalReason,
  serve: CoreLine["serve"],
  when?: CoreLine["when"],
  ruleId: string | null = null,
  assigns?: Dimension,
): CoreLine {
  return { step, reason, serve, when, ruleId, assigns };
}

/** The overrides of the scope that a field names. */
function lowerOverrides(unit: string, overrides: readonly Override[]): CoreLine | false {
  const mine = overrides.filter(({ scope }) => unit.startsWith(scope));
  return lookUp(
    7,
    "override",
    unit,
    mine.map((each) => [each.id, 1, each]),
  );
}

/** A rule, whose own percentage is of buckets by `gate`, and whose shares by `by`. */
function lowerRule(rule: Rule, gate: Bucketing, by: Bucketing, usual: CoreOutcome): CoreLine {
  const { id, conditions, rolloutPct, isHoldout, sticky } = rule;
  const when =
    rolloutPct === undefined
      ? // A rule without conditions is a broken one, and not one for everybody.
        ((conditions as Condition | undefined) ?? [conditions])
      : [conditions, { bucket: gate, in: [[0, rolloutPct]] } as const];
  return line(9, "rule_match", isHoldout ? usual : outcomeOf(rule, by), when, id, sticky ? by.unit : undefined);
}

function lookUp(step: number, reason: EvalReason, unit: Dimension, parts: readonly Part[], isAssigned = false): CoreLine | false {
  return parts.length > 0 && line(step, reason, { unit, parts, isAssigned });
}

function inOrder(rules: readonly Rule[]): Rule[] {
  return rules.filter(({ enabled }) => enabled !== false).sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0));
}

/** A rule that names a value or a variant is an outcome itself. */
function outcomeOf(rule: Rule, by: Bucketing): CoreLine["serve"] {
  const { outcome, split, distribution } = rule;
  const shares = distribution?.map((each): Part => [each.variantId, each.weight, each]);
  return outcome ?? split ?? (shares ? splitByWeight(by, shares, 100) : rule);
}

/** A unit that is in one of the flag's allocations goes on; so does a context without the unit. */
function shutOut(key: string, { key: salt, hashKey, allocations }: Layer, usual: CoreOutcome): CoreSplit {
  const mine = allocations.filter(({ flagKey }) => flagKey === key);
  return {
    by: native(salt, hashKey),
    ranges: [...mine.map(({ start, end }) => [start, end, null] as const), [0, 100, usual]],
  };
}

function native(key: string, unit = "userId", salt = ""): Bucketing {
  return { algorithm: "native", unit, suffix: `:${key}:${salt}` };
}

/**
 * Divides the buckets by weight, and lets `percentage` of each part in, counted from the part's start: so raising the
 * percentage adds units to every part alike, and moves none from one part to another.
 */
function splitByWeight(by: Bucketing, parts: readonly Part[], percentage: number): CoreSplit {
  const { size = 100 } = by;
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  if (!(total > 0) || parts.some(([, weight]) => weight < 0)) fail("weight");
  let walked = 0;
  const ranges = parts.map(([, weight, outcome]) => {
    const start = (walked / total) * size;
    const end = ((walked += weight) / total) * size;
    return [start, start + ((end - start) * percentage) / 100, outcome] as const;
  });
  return { by, ranges };
}
