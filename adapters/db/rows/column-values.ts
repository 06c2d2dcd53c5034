import type { JsonValue } from "../../../src/model/json";
import type { ColumnValue, Row } from "../gateway";

/** JSON text for a `json` column. A missing value is SQL's NULL; JSON's own null is the text `null`. */
export function toJson(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

export function fromJson<T = JsonValue>(value: ColumnValue | undefined): T | undefined {
  return typeof value === "string" ? (JSON.parse(value) as T) : undefined;
}

export function toDate(iso: string | undefined): Date | null {
  return iso === undefined ? null : new Date(iso);
}

export function fromDate(value: ColumnValue | undefined): string | undefined {
  return value instanceof Date ? value.toISOString() : undefined;
}

/** Reads a column that is NULL where the field is missing. */
export function optional<T extends ColumnValue>(row: Row, column: string): T | undefined {
  return (row[column] ?? undefined) as T | undefined;
}

/** Reads a column that is never NULL. */
export function required<T extends ColumnValue>(row: Row, column: string): T {
  return row[column] as T;
}

/** Leaves out the fields that are `undefined`, so that a missing field stays missing. */
export function compact<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** Whether a `uuid` column takes a text; of any other text, asking for it would be an error and not a miss. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
