import type { Bucketing, Condition, Dimension } from "../../src/model/condition";
import type { FlagType, Outcome, Rule } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import { readWith } from "../../src/model/schema";
import { allOf, not } from "./conditions";
import { toCondition } from "./growthbook-conditions";
import {
  growthBookDocument,
  type GrowthBookDocument,
  type GrowthBookFeature,
  type GrowthBookRange,
  type GrowthBookRule,
} from "./growthbook-document";
import { parentsOf, type ParentScope } from "./growthbook-parents";
import { finishImport, type Imported, type ImportedFlag, type ImportWarning, warnAt, warnOf } from "./imported";
import { disjoint } from "./ranges";

interface Scope extends ParentScope {
  readonly document: GrowthBookDocument;
}

/** What GrowthBook answers for a flag that is blocked. */
const NOTHING: Outcome = { value: null };

/**
 * Imports the payload of GrowthBook's SDKs: features with their rules, experiments and prerequisites, saved groups and
 * contextual bandits, which keep the weights that they have. A flag's variant is the key of the variation. Contexts have
 * GrowthBook's attributes as they are, and `attributes.id` as `userId`. Two things that JavaScript does are not done here: a list or
 * an object is never compared as the text that it would become, and what is hashed is text or a number, 0 among
 * them, but no truth value.
 *
 * @throws ValidationError for what is no such payload, an encrypted one among it.
 */
export function fromGrowthBook(document: unknown): Imported {
  const read = readWith(growthBookDocument, document);
  const warnings: ImportWarning[] = [];
  const features = new Map(read.features);
  const savedGroups = new Map(read.savedGroups);
  const flags = read.features.map(([key, feature]) =>
    toFlag(feature, { key, document: read, features, savedGroups, warn: warnOf(key, warnings), dimension, within: [] }),
  );
  return finishImport("growthbook", flags, [], warnings);
}

/** The attribute that users are known by is in the context twice. */
function dimension(path: readonly string[]): Dimension {
  return path.length === 1 && path[0] === "id" ? { first: [path, "userId"] } : path;
}

function unitOf(attribute: string | undefined): Dimension {
  return !attribute || attribute === "id" ? "userId" : [attribute];
}

function toFlag({ defaultValue = null, rules = [] }: GrowthBookFeature, scope: Scope): ImportedFlag {
  const written = rules.flatMap((rule, i) =>
    toRules(rule, { ...scope, warn: warnAt(`rules[${i}]`, scope.warn) }, `rule-${i + 1}`),
  );
  return {
    key: scope.key,
    type: typeFor([defaultValue, ...written.flatMap(valuesOf)]),
    defaultValue,
    rules: written.map((rule, priority) => ({ ...rule, priority })),
  };
}

/** The type that all of the values are of. */
function typeFor(values: readonly JsonValue[]): FlagType {
  const type = typeof values[0];
  const isPlain = type === "boolean" || type === "string" || type === "number";
  return isPlain && values.every((each) => typeof each === type) ? type : "json";
}

function valuesOf({ outcome, split }: Rule): JsonValue[] {
  return [outcome, ...(split?.ranges.map(([, , served]) => served) ?? [])].flatMap((served) =>
    served?.value === undefined ? [] : [served.value],
  );
}

/** A rule, and before it one for each of its gates. */
function toRules(rule: GrowthBookRule, scope: Scope, id: string): Rule[] {
  const { gates, condition: parents, isCircular } = parentsOf(rule.parentConditions ?? [], scope);
  const blocked = gates.map((conditions, i): Rule => ({
    id: `${id}-gate-${i + 1}`,
    name: "Prerequisite",
    conditions,
    outcome: NOTHING,
  }));
  if (isCircular) return blocked;
  const filters = (rule.filters ?? []).map(({ seed, ranges, attribute, hashVersion = 2 }): Condition => {
    const by = bucketing(seed, attribute, hashVersion || 2);
    return (
      by !== undefined && { bucket: by, in: disjoint(ranges.map((each) => [...each, true] as const)).map(([a, b]) => [a, b]) }
    );
  });
  const condition = rule.condition ? toCondition(rule.condition, scope) : true;
  const conditions = allOf([parents, ...filters, condition]);
  if (rule.force !== undefined) {
    const outcome = { value: rule.force };
    return [...blocked, { id, ...nameOf(rule), conditions: allOf([conditions, isInRollout(rule, scope.key)]), outcome }];
  }
  return [...blocked, ...toExperiment(rule, scope, conditions, id)];
}

function nameOf({ id, key }: GrowthBookRule): Pick<Rule, "name"> {
  const name = key || id;
  return name ? { name } : {};
}

/** Coverage holds its end, too: what the end is in the next step's half-open range. */
function isInRollout({ range, coverage, seed, hashAttribute, hashVersion = 1 }: GrowthBookRule, key: string): Condition {
  if (!range && coverage === undefined) return true;
  if (!range && coverage === 0) return false;
  const by = bucketing(seed || key, hashAttribute, hashVersion || 1);
  if (!by) return false;
  const steps = by.algorithm === "growthbook-v1" ? 1_000 : 10_000;
  const [start, end] = range ?? [0, endOfCoverage(coverage as number, steps)];
  return { bucket: by, in: disjoint([[start, end, true]]).map(([from, to]) => [from, to] as const) };
}

function endOfCoverage(coverage: number, steps: number): number {
  let step = Math.max(0, Math.min(steps, Math.floor(coverage * steps)));
  while (step < steps && step / steps <= coverage) step++;
  while (step > 0 && (step - 1) / steps > coverage) step--;
  return step / steps;
}

function bucketing(seed: string, attribute: string | undefined, hashVersion: number): Bucketing | undefined {
  const unit = unitOf(attribute);
  if (hashVersion === 1) return { algorithm: "growthbook-v1", unit, suffix: seed, size: 1 };
  return hashVersion === 2 ? { algorithm: "growthbook-v2", prefix: seed, unit, size: 1 } : undefined;
}

/** An experiment is one rule, and one more for each context of a contextual bandit. */
function toExperiment(rule: GrowthBookRule, scope: Scope, conditions: Condition, id: string): Rule[] {
  const { seed, hashAttribute, hashVersion = 1, namespace, filters, contextualBanditRef: ref } = rule;
  const key = rule.key || scope.key;
  const variations = rule.contextualVariations ?? rule.variations ?? [];
  const by = bucketing(seed || key, hashAttribute, hashVersion || 1);
  if (variations.length < 2 || !by) return [];
  if (!rule.disableStickyBucketing && (rule.fallbackAttribute || rule.minBucketVersion))
    scope.warn(`sticky buckets are kept elsewhere; in ${key} every unit is bucketed anew, by its own attribute alone`);
  const inNamespace: Condition = !namespace ||
    filters !== undefined || {
      bucket: { algorithm: "growthbook-v1", unit: unitOf(hashAttribute), suffix: `__${namespace[0]}`, size: 1 },
      in: disjoint([[namespace[1], namespace[2], true]]).map(([start, end]) => [start, end] as const),
    };
  const all = allOf([conditions, inNamespace]);
  const outcomes = variations.map((value, i): Outcome | null => {
    const meta = rule.meta?.[i];
    return meta?.passthrough ? null : { value, variant: meta?.key || String(i) };
  });
  const split = (weights: readonly number[] | undefined): NonNullable<Rule["split"]> => {
    const ranges = rule.ranges ?? rangesOf(variations.length, rule.coverage, weights);
    return { by, ranges: disjoint(ranges.map(([start, end], i) => [start, end, outcomes[i] ?? null] as const)) };
  };
  const { contexts = [] } = new Map(scope.document.contextualBandits).get(ref ?? "") ?? {};
  const leaves = ref ? contexts.map(({ condition = {} }) => toCondition(condition, scope)) : [];
  return [...leaves, true].map((isLeaf, i): Rule => {
    const isFirst = allOf([all, ...leaves.slice(0, i).map(not), isLeaf]);
    const weights = contexts[i]?.weights ?? rule.weights;
    return {
      id: i === leaves.length ? id : `${id}-context-${i + 1}`,
      ...nameOf(rule),
      conditions: isFirst,
      split: split(weights),
    };
  });
}

/** Weights that make no whole are equal ones. */
function rangesOf(count: number, coverage = 1, given?: readonly number[]): GrowthBookRange[] {
  const total = given?.reduce((sum, each) => sum + each, 0) ?? 0;
  const weights = given?.length === count && total >= 0.99 && total <= 1.01 ? given : new Array<number>(count).fill(1 / count);
  const covered = Math.min(1, Math.max(0, coverage));
  let walked = 0;
  return weights.map((weight) => {
    const start = walked;
    walked += weight;
    return [start, start + covered * weight];
  });
}
