import { boolean, fail, json, number, type Schema, text } from "../../src/model/schema";
import type { JsonValue } from "../../src/model/json";
import { anyText, byName, each, fields, maybe } from "./source-document";

export interface EppoCondition {
  readonly attribute: string;
  readonly operator: string;
  readonly value: JsonValue;
}

export interface EppoShard {
  readonly salt: string;
  readonly ranges: readonly { readonly start: number; readonly end: number }[];
}

export interface EppoSplit {
  readonly variationKey: string;
  readonly shards: readonly EppoShard[];
}

export interface EppoAllocation {
  readonly key: string;
  readonly rules?: readonly { readonly conditions: readonly EppoCondition[] }[];
  readonly startAt?: string;
  readonly endAt?: string;
  readonly splits: readonly EppoSplit[];
}

export interface EppoVariation {
  readonly key: string;
  readonly value: JsonValue;
}

export interface EppoFlag {
  readonly enabled: boolean;
  readonly variationType: string;
  readonly variations: readonly (readonly [key: string, EppoVariation])[];
  readonly allocations: readonly EppoAllocation[];
  readonly totalShards: number;
}

export interface EppoDocument {
  readonly format?: string;
  readonly flags: readonly (readonly [key: string, EppoFlag])[];
}

const shard = fields<EppoShard>({
  salt: text({ max: 500 }),
  ranges: each(fields<{ start: number; end: number }>({ start: number(), end: number() })),
});

const allocation = fields<EppoAllocation>({
  key: anyText,
  rules: maybe(
    each(
      fields<{ conditions: readonly EppoCondition[] }>({
        conditions: each(fields<EppoCondition>({ attribute: anyText, operator: anyText, value: json })),
      }),
    ),
  ),
  startAt: maybe(anyText),
  endAt: maybe(anyText),
  splits: each(fields<EppoSplit>({ variationKey: anyText, shards: each(shard) })),
});

const flag = fields<EppoFlag>({
  enabled: boolean,
  variationType: anyText,
  variations: byName(fields<EppoVariation>({ key: anyText, value: json })),
  allocations: each(allocation),
  totalShards: number({ max: 2 ** 32 }),
});

/** Reads a universal flag configuration as servers are given it. */
export const eppoDocument: Schema<EppoDocument> = (value, at) => {
  const { format } = (value ?? {}) as { readonly format?: unknown };
  // What clients are given are digests of what is asked for.
  return format === "CLIENT"
    ? fail({ ...at, path: "format" }, "must be SERVER: an obfuscated configuration cannot be imported")
    : fields<EppoDocument>({ format: maybe(anyText), flags: byName(flag) })(value, at);
};
