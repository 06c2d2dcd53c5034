import type { Condition } from "../../../src/model/condition";
import type { Layer, Segment } from "../../../src/model/segment";
import type { Row } from "../gateway";
import { compact, fromDate, fromJson, optional, required, toJson } from "./column-values";

export function toSegmentRow(segment: Segment): Row {
  return {
    key: segment.key,
    name: segment.name ?? null,
    description: segment.description ?? null,
    rules: toJson(segment.rules),
    version: segment.version,
    created_at: new Date(segment.createdAt),
    updated_at: new Date(segment.updatedAt),
  };
}

export function fromSegmentRow(row: Row): Segment {
  return compact<Segment>({
    key: required<string>(row, "key"),
    name: optional(row, "name"),
    description: optional(row, "description"),
    rules: fromJson<Condition>(row.rules),
    version: required<number>(row, "version"),
    createdAt: fromDate(row.created_at),
    updatedAt: fromDate(row.updated_at),
  });
}

export function toLayerRow(layer: Layer): Row {
  return {
    key: layer.key,
    name: layer.name ?? null,
    hash_key: layer.hashKey ?? null,
    allocations: toJson(layer.allocations),
    version: layer.version,
    created_at: new Date(layer.createdAt),
    updated_at: new Date(layer.updatedAt),
  };
}

export function fromLayerRow(row: Row): Layer {
  return compact<Layer>({
    key: required<string>(row, "key"),
    name: optional(row, "name"),
    hashKey: optional(row, "hash_key"),
    allocations: fromJson<Layer["allocations"]>(row.allocations),
    version: required<number>(row, "version"),
    createdAt: fromDate(row.created_at),
    updatedAt: fromDate(row.updated_at),
  });
}
