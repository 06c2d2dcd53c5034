import type { EvalReason } from "../../../src/model/result";
import type { AssignmentRow, AuditActor, EventRow, HistoryEntry, ImpressionRow } from "../../../src/ports/database-adapter";
import type { Row } from "../gateway";
import { fromDate, fromJson, optional, required, toJson } from "./column-values";

export function toHistoryRow(entry: Omit<HistoryEntry, "id">, id: string): Row {
  return {
    id,
    flag_key: entry.flagKey,
    action: entry.action,
    by: entry.by?.id ?? null,
    actor: toJson(entry.by ?? undefined),
    reason: entry.reason,
    diff: toJson(entry.diff),
    release_id: entry.releaseId ?? null,
    created_at: new Date(entry.createdAt),
  };
}

export function fromHistoryRow(row: Row): HistoryEntry {
  const by = row.by as string | null;
  const releaseId = optional<string>(row, "release_id");
  return {
    id: required<string>(row, "id"),
    flagKey: row.flag_key as string | null,
    action: required<string>(row, "action"),
    ...(releaseId !== undefined && { releaseId }),
    by: fromJson<AuditActor>(row.actor) ?? (by === null ? null : { id: by, type: "user" }),
    reason: row.reason as string | null,
    diff: fromJson<HistoryEntry["diff"]>(row.diff) ?? { before: null, after: null },
    createdAt: fromDate(row.created_at) as string,
  };
}

export function toAssignmentRow(row: AssignmentRow, at: Date): Row {
  return { flag_key: row.flagKey, user_id: row.userId, variant_key: row.variantKey, created_at: at };
}

export function fromAssignmentRow(row: Row): AssignmentRow {
  return {
    flagKey: required<string>(row, "flag_key"),
    userId: required<string>(row, "user_id"),
    variantKey: required<string>(row, "variant_key"),
  };
}

export function toImpressionRow(row: ImpressionRow): Row {
  return {
    flag_key: row.flagKey,
    user_id: row.userId,
    value: toJson(row.value),
    variant_key: row.variantKey,
    reason: row.reason,
    created_at: new Date(row.createdAt),
  };
}

export function fromImpressionRow(row: Row): ImpressionRow {
  return {
    flagKey: required<string>(row, "flag_key"),
    userId: required<string>(row, "user_id"),
    value: fromJson(row.value) ?? null,
    variantKey: row.variant_key as string | null,
    reason: required<string>(row, "reason") as EvalReason,
    createdAt: fromDate(row.created_at) as string,
  };
}

export function toEventRow(row: EventRow): Row {
  return {
    event: row.event,
    user_id: row.userId,
    value: toJson(row.value ?? undefined),
    metadata: toJson(row.metadata),
    created_at: new Date(row.createdAt),
  };
}

export function fromEventRow(row: Row): EventRow {
  return {
    event: required<string>(row, "event"),
    userId: row.user_id as string | null,
    value: fromJson<number>(row.value) ?? null,
    metadata: fromJson(row.metadata) ?? null,
    createdAt: fromDate(row.created_at) as string,
  };
}
