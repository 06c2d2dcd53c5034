import type { Bucketing } from "../model/condition";
import type { Flag, Outcome, Rule, Split } from "../model/flag";
import type { JsonValue } from "../model/json";
import type { EvalReason } from "../model/result";
import type { Layer } from "../model/segment";
import type { CoreFlag, CoreStep, Lookup } from "./core";
import { DefinitionError } from "./definition-error";
import { leaf, lowerPrerequisite } from "./lower-condition";

/** The variant key that a sticky rollout without variants assigns. */
export const ON_VARIANT = "on";

/** Where overrides look, the closest first. */
const SCOPES = { user: "userId", tenant: "tenantId", environment: "environment" } as const;

/** Adds a line to the flag that is being lowered. */
type Add = (step: number, reason: EvalReason, serve: CoreStep["serve"], more?: Partial<CoreStep>) => void;

/** Lowers a flag, with the layers that name it, to the core. @throws DefinitionError for what has no meaning there. */
export function lowerFlag(flag: Flag, layers: readonly Layer[]): CoreFlag {
  const { key, type, rules, rollout, variants = [], defaultValue, fallthrough: usual = toOutcome(defaultValue) } = flag;
  const isBoolean = type === "boolean";
  const { hashKey, salt, percentage = 100, value, sticky, bucketing: by = native(hashKey, key, salt) } = rollout ?? {};
  const inside = toOutcome(value !== undefined ? value : isBoolean || defaultValue);
  const splits = variants.length > 0 && (type === "multivariate" || (rollout !== undefined && value === undefined && !isBoolean));

  const steps: CoreStep[] = [];
  const add: Add = (step, reason, serve, more) => {
    steps.push({ step, reason, serve, when: [], ruleId: null, assigns: undefined, ...more });
  };

  addGates(add, flag, usual, layers);
  addOverrides(add, flag);
  if (sticky || rules.some((rule) => rule.sticky)) {
    const assignable = variants.map((variant) => [variant.key, toOutcome(undefined, variant.key)] as const);
    add(8, "assignment", { ...lookUp(by.unit, splits ? assignable : [...assignable, [ON_VARIANT, inside]]), assigned: true });
  }
  for (const rule of [...rules].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0))) {
    const { id, conditions, rolloutPct } = rule;
    if (rule.enabled === false) continue;
    add(9, "rule_match", rule.isHoldout ? usual : lowerServing(rule, by), {
      ruleId: id,
      when: rolloutPct === undefined ? [conditions] : [conditions, { bucket: native(hashKey, key, id), in: [[0, rolloutPct]] }],
      assigns: rule.sticky ? by.unit : undefined,
    });
  }
  const assigns = sticky ? by.unit : undefined;
  if (splits) add(10, "weighted_random", splitByWeight(by, variants, percentage), { assigns });
  else if (rollout) add(10, "percentage", { by, ranges: [[0, (percentage * (by.size ?? 100)) / 100, inside]] }, { assigns });
  const local = Object.entries(flag.environmentDefaults ?? {});
  if (local.length > 0)
    add(
      11,
      "default",
      lookUp(
        "environment",
        local.map(([name, each]) => [name, toOutcome(each)]),
      ),
    );
  add(11, "default", usual);
  return { key, isBoolean, variants: new Map(variants.map((variant) => [variant.key, variant.value])), steps };
}

/** What ends an evaluation before anybody is looked at more closely: the flag's status, dates, prerequisites and layers. */
function addGates(add: Add, flag: Flag, usual: Outcome, layers: readonly Layer[]): void {
  const { key, type, status, scheduledAt, expiresAt, prerequisites = [], defaultValue } = flag;
  const { offValue = type === "boolean" ? false : defaultValue, off = toOutcome(offValue) } = flag;
  if (status === "killed") add(2, "kill_switch", off);
  if (status === "archived") add(3, "disabled", off);
  if (scheduledAt) add(4, "not_scheduled", usual, { when: [leaf("$now", "dateBefore", scheduledAt)] });
  if (expiresAt) add(4, "expired", usual, { when: [leaf("$now", "dateAfter", expiresAt)] });
  for (const each of prerequisites) add(5, "prerequisite_not_met", off, { when: [{ none: [lowerPrerequisite(each)] }] });
  for (const layer of layers) {
    // A unit that is in one of the flag's allocations goes on; so does a context without the unit.
    const mine = layer.allocations.filter(({ flagKey }) => flagKey === key);
    add(6, "exclusion_group_miss", {
      by: native(layer.hashKey, layer.key),
      ranges: [...mine.map(({ start, end }) => [start, end, null] as const), [0, 100, usual]],
    });
  }
}

function addOverrides(add: Add, { overrides = [] }: Flag): void {
  add(7, "override", { forced: true });
  for (const [scope, unit] of Object.entries(SCOPES)) {
    const outcomes = overrides
      .filter((each) => each.scope === scope)
      .map(({ id, value, variantId }) => [id, toOutcome(value, variantId)] as const);
    if (outcomes.length > 0) add(7, "override", lookUp(unit, outcomes));
  }
}

/** The first of those with the same name counts. */
function lookUp(unit: Lookup["unit"], outcomes: readonly (readonly [string, Outcome])[]): Lookup {
  return { unit, outcomes: new Map([...outcomes].reverse()) };
}

function lowerServing({ outcome, split, distribution, value, variantId }: Rule, by: Bucketing): CoreStep["serve"] {
  return outcome ?? split ?? (distribution ? splitByWeight(by, distribution, 100) : toOutcome(value, variantId));
}

function toOutcome(value: JsonValue | undefined, variant?: string): Outcome {
  return { ...(value !== undefined && { value }), ...(variant !== undefined && { variant }) };
}

function native(unit = "userId", key: string, salt = ""): Bucketing {
  return { algorithm: "native", unit, suffix: `:${key}:${salt}` };
}

/**
 * Divides the buckets by weight, and lets `percentage` of each part in, counted from the part's start: so raising the
 * percentage adds units to every part alike, and moves none from one part to another.
 */
function splitByWeight(
  by: Bucketing,
  parts: readonly { readonly key?: string; readonly variantId?: string; readonly weight: number }[],
  percentage: number,
): Split {
  const { size = 100 } = by;
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0) || parts.some(({ weight }) => weight < 0)) throw new DefinitionError("weight");
  let walked = 0;
  const ranges = parts.map(({ key, variantId = key, weight }) => {
    const start = (walked / total) * size;
    const end = ((walked += weight) / total) * size;
    return [start, percentage < 100 ? start + ((end - start) * percentage) / 100 : end, toOutcome(undefined, variantId)] as const;
  });
  return { by, ranges };
}
