import type { Bucketing } from "../model/condition";
import type { Flag } from "../model/flag";
import type { Layer, Segment } from "../model/segment";
import { line, type CoreOutcome, type CoreSplit, type CoreStep } from "./core";
import { DefinitionError } from "./definition-error";
import { leaf, lowerPrerequisite } from "./lower-condition";

/** The variant key that a sticky rollout without variants assigns. */
export const ON_VARIANT = "on";

/** Where overrides look, the closest first. */
const SCOPES = { user: "userId", tenant: "tenantId", environment: "environment" } as const;

/** Adds a line to the flag that is being lowered. */
type Add = (...each: Parameters<typeof line>) => void;

/**
 * Lowers a flag, with the layers that name it, to lines in the order of the pipeline. Every convenience of the written
 * form is gone then: statuses, dates, layers, percentages, weights and defaults are conditions and outcomes.
 *
 * @throws DefinitionError for what has no meaning there.
 */
export function lowerFlag(flag: Flag, layers: readonly Layer[]): CoreStep[] {
  const { key, type, rules, rollout, variants = [], defaultValue, fallthrough: usual = { value: defaultValue } } = flag;
  const isBoolean = type === "boolean";
  const { hashKey, salt, percentage = 100, value, sticky, bucketing: by = native(hashKey, key, salt) } = rollout ?? {};
  const inside: Part = [ON_VARIANT, 1, { value: value !== undefined ? value : isBoolean || defaultValue }];
  const parts = variants.map((each): Part => [each.key, each.weight, { variant: each.key }]);
  const splits = variants.length > 0 && (type === "multivariate" || (rollout !== undefined && value === undefined && !isBoolean));
  const lines: CoreStep[] = [];
  const add: Add = (...each) => lines.push(line(...each));

  addGates(add, flag, usual, layers);
  addOverrides(add, flag);
  if (sticky || rules.some((rule) => rule.sticky)) {
    const outcomes = (splits ? parts : [...parts, inside]).map(([name, , outcome]) => [name, outcome] as const);
    add(8, "assignment", { unit: by.unit, isAssigned: true, outcomes });
  }
  for (const rule of [...rules].sort((a, b) => (a.priority ?? 0) - (b.priority ?? 0))) {
    const { id, conditions, rolloutPct, distribution } = rule;
    if (rule.enabled === false) continue;
    const shares = distribution?.map((each): Part => [each.variantId, each.weight, { variant: each.variantId }]);
    const split = rule.split ?? (shares && splitByWeight(by, shares, 100));
    add(9, "rule_match", rule.isHoldout ? usual : (rule.outcome ?? split ?? { value: rule.value, variant: rule.variantId }), {
      ruleId: id,
      when: rolloutPct === undefined ? [conditions] : [conditions, { bucket: native(hashKey, key, id), in: [[0, rolloutPct]] }],
      assigns: rule.sticky ? by.unit : undefined,
    });
  }
  const assigns = sticky ? by.unit : undefined;
  if (splits) add(10, "weighted_random", splitByWeight(by, parts, percentage), { assigns });
  else if (rollout) add(10, "percentage", splitByWeight(by, [inside], percentage), { assigns });
  const outcomes = Object.entries(flag.environmentDefaults ?? {}).map(([name, each]) => [name, { value: each }] as const);
  if (outcomes.length > 0) add(11, "default", { unit: "environment", outcomes });
  add(11, "default", usual);
  return lines;
}

/** A segment is a flag that is true for its members. */
export function lowerSegment({ rules }: Pick<Segment, "rules">): CoreStep[] {
  return [line(9, "rule_match", { value: true }, { when: [rules] }), line(11, "default", { value: false })];
}

/** What ends an evaluation before anybody is looked at more closely: the flag's status, dates, prerequisites and layers. */
function addGates(add: Add, flag: Flag, usual: CoreOutcome, layers: readonly Layer[]): void {
  const { key, type, status, scheduledAt, expiresAt, prerequisites = [], defaultValue } = flag;
  const { offValue = type === "boolean" ? false : defaultValue, off = { value: offValue } } = flag;
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
    const mine = overrides.filter((each) => each.scope === scope);
    const outcomes = mine.map(({ id, value, variantId: variant }) => [id, { value, variant }] as const);
    if (outcomes.length > 0) add(7, "override", { unit, outcomes });
  }
}

function native(unit = "userId", key: string, salt = ""): Bucketing {
  return { algorithm: "native", unit, suffix: `:${key}:${salt}` };
}

type Part = readonly [name: string, weight: number, outcome: CoreOutcome];

/**
 * Divides the buckets by weight, and lets `percentage` of each part in, counted from the part's start: so raising the
 * percentage adds units to every part alike, and moves none from one part to another.
 */
function splitByWeight(by: Bucketing, parts: readonly Part[], percentage: number): CoreSplit {
  const { size = 100 } = by;
  const total = parts.reduce((sum, [, weight]) => sum + weight, 0);
  if (!(total > 0) || parts.some(([, weight]) => weight < 0)) throw new DefinitionError("weight");
  let walked = 0;
  const ranges = parts.map(([, weight, outcome]) => {
    const start = (walked / total) * size;
    const end = ((walked += weight) / total) * size;
    return [start, percentage < 100 ? start + ((end - start) * percentage) / 100 : end, outcome] as const;
  });
  return { by, ranges };
}
