import { boolean, json, number, type Schema, text } from "../../src/model/schema";
import type { JsonValue } from "../../src/model/json";
import { anyText, byName, each, fields, maybe } from "./source-document";

export type MongoCondition = Readonly<Record<string, JsonValue>>;
export type GrowthBookRange = readonly [start: number, end: number];

export interface GrowthBookFilter {
  readonly seed: string;
  readonly ranges: readonly GrowthBookRange[];
  readonly attribute?: string;
  readonly hashVersion?: number;
}

export interface GrowthBookParent {
  readonly id: string;
  readonly condition?: MongoCondition;
  readonly gate?: boolean;
}

export interface GrowthBookRule {
  readonly id?: string;
  readonly condition?: MongoCondition;
  readonly parentConditions?: readonly GrowthBookParent[];
  readonly filters?: readonly GrowthBookFilter[];
  readonly force?: JsonValue;
  readonly variations?: readonly JsonValue[];
  readonly contextualVariations?: readonly JsonValue[];
  readonly contextualBanditRef?: string;
  readonly key?: string;
  readonly seed?: string;
  readonly hashAttribute?: string;
  readonly hashVersion?: number;
  readonly coverage?: number;
  readonly weights?: readonly number[];
  readonly range?: GrowthBookRange;
  readonly ranges?: readonly GrowthBookRange[];
  readonly meta?: readonly { readonly key?: string; readonly passthrough?: boolean }[];
  readonly namespace?: readonly [name: string, start: number, end: number];
  readonly fallbackAttribute?: string;
  readonly disableStickyBucketing?: boolean;
  readonly minBucketVersion?: number;
}

export interface GrowthBookFeature {
  readonly defaultValue?: JsonValue;
  readonly rules?: readonly GrowthBookRule[];
}

interface SavedGroup {
  readonly type?: string;
  readonly attributeKey?: string;
  readonly values?: readonly JsonValue[];
  readonly condition?: MongoCondition;
}

interface Bandit {
  readonly contexts?: readonly { readonly condition?: MongoCondition; readonly weights: readonly number[] }[];
}

export interface GrowthBookDocument {
  readonly features: readonly (readonly [key: string, GrowthBookFeature])[];
  readonly savedGroups?: readonly (readonly [id: string, readonly JsonValue[] | SavedGroup])[];
  readonly contextualBandits?: readonly (readonly [ref: string, Bandit])[];
}

/** A condition is read as JSON here, which bounds its depth, and understood later. */
const condition = maybe<MongoCondition>((value, at) => {
  const read = json(value, at);
  return fields({})(value, at) && (read as MongoCondition);
});

const range: Schema<GrowthBookRange> = (value, at) => {
  const [start, end, ...rest] = each(number())(value, at) ?? [];
  if (start !== undefined && end !== undefined && rest.length === 0) return [start, end];
  at.issues.push({ path: at.path, message: "must be [start, end]" });
  return [0, 0];
};

const namespace: Schema<NonNullable<GrowthBookRule["namespace"]>> = (value, at) => {
  const [name, start, end] = Array.isArray(value) ? (value as unknown[]) : [];
  return [anyText(name, at), number()(start, at), number()(end, at)];
};

const filter = fields<GrowthBookFilter>({
  seed: text({ max: 500 }),
  ranges: each(range),
  attribute: maybe(anyText),
  hashVersion: maybe(number()),
});

const rule: Schema<GrowthBookRule> = (value, at) => {
  const read = fields<Omit<GrowthBookRule, "force">>({
    id: maybe(anyText),
    condition,
    parentConditions: maybe(each(fields<GrowthBookParent>({ id: anyText, condition, gate: maybe(boolean) }))),
    filters: maybe(each(filter)),
    variations: maybe(each(json)),
    contextualVariations: maybe(each(json)),
    contextualBanditRef: maybe(anyText),
    key: maybe(text({ max: 500 })),
    seed: maybe(text({ max: 500 })),
    hashAttribute: maybe(anyText),
    hashVersion: maybe(number()),
    coverage: maybe(number()),
    weights: maybe(each(number({ min: 0 }))),
    range: maybe(range),
    ranges: maybe(each(range)),
    meta: maybe(each(fields<{ key?: string; passthrough?: boolean }>({ key: maybe(anyText), passthrough: maybe(boolean) }))),
    namespace: maybe(namespace),
    fallbackAttribute: maybe(anyText),
    disableStickyBucketing: maybe(boolean),
    minBucketVersion: maybe(number()),
  })(value, at);
  // To force null is to force something.
  const { force } = (value ?? {}) as { readonly force?: unknown };
  return force === undefined ? read : { ...read, force: json(force, { ...at, path: `${at.path}.force` }) };
};

const savedGroup: Schema<readonly JsonValue[] | SavedGroup> = (value, at) =>
  Array.isArray(value)
    ? each(json)(value, at)
    : fields<SavedGroup>({ type: maybe(anyText), attributeKey: maybe(anyText), values: maybe(each(json)), condition })(value, at);

const bandit = fields<Bandit>({
  contexts: maybe(each(fields<NonNullable<Bandit["contexts"]>[number]>({ condition, weights: each(number({ min: 0 })) }))),
});

/** Reads the payload that GrowthBook's SDKs are given, unencrypted. */
export const growthBookDocument = fields<GrowthBookDocument>({
  features: byName(
    fields<GrowthBookFeature>({
      defaultValue: (value, at) => (value === undefined ? undefined : json(value, at)),
      rules: maybe(each(rule)),
    }),
  ),
  savedGroups: maybe(byName(savedGroup)),
  contextualBandits: maybe(byName(bandit)),
});
