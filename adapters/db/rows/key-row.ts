import type { SdkKeyRow } from "../../../src/ports/database-adapter";
import type { Row } from "../gateway";
import { compact, fromDate, optional, required, toDate } from "./column-values";

export function toKeyRow(key: SdkKeyRow): Row {
  return {
    id: key.id,
    name: key.name,
    kind: key.kind,
    hash: key.hash,
    hint: key.hint,
    environment: key.environment ?? null,
    origins: key.origins ?? null,
    flags: key.flags ?? null,
    tags: key.tags ?? null,
    namespaces: key.namespaces ?? null,
    created_at: new Date(key.createdAt),
    expires_at: toDate(key.expiresAt),
    revoked_at: toDate(key.revokedAt),
  };
}

export function fromKeyRow(row: Row): SdkKeyRow {
  return compact<SdkKeyRow>({
    id: required<string>(row, "id"),
    name: required<string>(row, "name"),
    kind: required<string>(row, "kind") as SdkKeyRow["kind"],
    hash: required<string>(row, "hash"),
    hint: required<string>(row, "hint"),
    environment: optional(row, "environment"),
    origins: optional(row, "origins"),
    flags: optional(row, "flags"),
    tags: optional(row, "tags"),
    namespaces: optional(row, "namespaces"),
    createdAt: fromDate(row.created_at),
    expiresAt: fromDate(row.expires_at),
    revokedAt: fromDate(row.revoked_at),
  });
}
