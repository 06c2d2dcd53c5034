import { attempt } from "../../src/engine/attempt";
import { deepEqual } from "../../src/engine/deep-equal";
import { parseInstant } from "../../src/engine/instant";
import type { Bucketing, Condition } from "../../src/model/condition";
import type { FlagType, Outcome, Rule } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import { readWith } from "../../src/model/schema";
import { allOf, anyOf, leaf, not } from "./conditions";
import { toCondition } from "./eppo-conditions";
import { eppoDocument, type EppoAllocation, type EppoFlag, type EppoShard, type EppoSplit } from "./eppo-document";
import { finishImport, type Imported, type ImportedFlag, type ImportWarning, type Warn, warnAt, warnOf } from "./imported";
import { disjoint } from "./ranges";

interface Scope {
  readonly flag: EppoFlag;
  readonly warn: Warn;
}

const TYPES: Readonly<Record<string, FlagType>> = {
  BOOLEAN: "boolean",
  INTEGER: "number",
  JSON: "json",
  NUMERIC: "number",
  STRING: "string",
};

/**
 * Imports a universal flag configuration (`flags-v1.json`) of Eppo, as servers are given it. The subject's key is `userId`. Where
 * Eppo assigns nothing, or something of another type than the flag's, the flag answers the caller's default and has no variant.
 *
 * @throws ValidationError for what is no such configuration, and for an obfuscated one.
 */
export function fromEppo(document: unknown): Imported {
  const warnings: ImportWarning[] = [];
  const { flags } = readWith(eppoDocument, document);
  const written = flags.map(([key, flag]) => toFlag(key, { flag, warn: warnOf(key, warnings) }));
  return finishImport("eppo", written, [], warnings);
}

function toFlag(key: string, scope: Scope): ImportedFlag {
  const { enabled, variationType, allocations } = scope.flag;
  const rules = allocations.flatMap((allocation, i) =>
    toRules(allocation, `allocation-${i + 1}`, { ...scope, warn: warnAt(`allocations[${i}]`, scope.warn) }),
  );
  return {
    key,
    type: TYPES[variationType] ?? "json",
    status: enabled ? "active" : "killed",
    off: {},
    rules: rules.map((rule, priority) => ({ ...rule, priority })),
  };
}

/** An allocation is one rule where its splits divide one range of shards, else a rule for each of its splits. */
function toRules(allocation: EppoAllocation, id: string, scope: Scope): Rule[] {
  const { key: name, rules = [], splits } = allocation;
  const isMeant =
    rules.length === 0 || anyOf(rules.map((rule) => allOf(rule.conditions.map((each) => toCondition(each, scope.warn)))));
  const conditions = allOf([...datesOf(allocation), isMeant]);
  const split = toSplit(splits, scope);
  if (split) return [{ id, name, conditions: allOf([conditions, ...split.common]), split: split.split }];
  return splits.map((each, i) => ({
    id: splits.length === 1 ? id : `${id}-split-${i + 1}`,
    name,
    conditions: allOf([conditions, ...each.shards.map((shard) => isInShard(shard, scope))]),
    outcome: outcomeOf(each, scope),
  }));
}

/** From its start to its end, each included. What is no date is no bound. */
function datesOf({ startAt, endAt }: EppoAllocation): Condition[] {
  const read = (text: string | undefined): string | undefined =>
    attempt(() => new Date(parseInstant(text) ?? Date.parse(text ?? "")).toISOString());
  const [start, end] = [read(startAt), read(endAt)];
  return [
    start === undefined || not(leaf("$now", "dateBefore", start)),
    end === undefined || not(leaf("$now", "dateAfter", end)),
  ];
}

/** Splits that have all but their last shard in common, and that one of the same salt. */
function toSplit(
  splits: readonly EppoSplit[],
  scope: Scope,
): { readonly common: readonly Condition[]; readonly split: NonNullable<Rule["split"]> } | undefined {
  const shards = splits[0]?.shards ?? [];
  const last = shards.at(-1);
  const by = last && bucketing(last.salt, scope);
  const isAlike = (split: EppoSplit): boolean =>
    deepEqual(split.shards.slice(0, -1), shards.slice(0, -1)) && split.shards.at(-1)?.salt === last?.salt;
  if (!by || splits.length < 2 || !splits.every(isAlike)) return undefined;
  const ranges = splits.flatMap((split) => {
    const outcome = outcomeOf(split, scope);
    return (split.shards.at(-1)?.ranges ?? []).map(({ start, end }) => [start, end, outcome] as const);
  });
  return { common: shards.slice(0, -1).map((shard) => isInShard(shard, scope)), split: { by, ranges: disjoint(ranges) } };
}

function isInShard({ salt, ranges }: EppoShard, scope: Scope): Condition {
  const by = bucketing(salt, scope);
  const all = disjoint(ranges.map(({ start, end }) => [start, end, true] as const));
  return by !== undefined && { bucket: by, in: all.map(([start, end]) => [start, end] as const) };
}

function bucketing(salt: string, { flag: { totalShards } }: Scope): Bucketing | undefined {
  return totalShards >= 1 ? { algorithm: "md5-modulo", prefix: `${salt}-`, unit: "userId", size: totalShards } : undefined;
}

/** What is not there, or not of the flag's type, is nothing to Eppo, too. */
function outcomeOf({ variationKey }: EppoSplit, { flag: { variations, variationType }, warn }: Scope): Outcome {
  const variation = variations.find(([key]) => key === variationKey)?.[1];
  const value = variation && valueOf(variation.value, variationType);
  if (variation && value !== undefined) return { value, variant: variation.key };
  warn(
    `the variation ${variationKey} is not there, or not of the type ${variationType}: it is the caller's default, as it was at Eppo`,
  );
  return {};
}

function valueOf(value: JsonValue, type: string): JsonValue | undefined {
  const isRight = {
    BOOLEAN: typeof value === "boolean",
    INTEGER: Number.isInteger(value),
    JSON: typeof value === "string",
    NUMERIC: typeof value === "number",
    STRING: typeof value === "string",
  }[type];
  if (!isRight) return undefined;
  return type === "JSON" ? attempt(() => JSON.parse(value as string) as JsonValue) : value;
}
