import type { AuditActor, ReleaseRow, ReleaseStatus } from "../../../src/ports/database-adapter";
import type { Row } from "../gateway";
import { compact, fromDate, fromJson, optional, required, toDate, toJson } from "./column-values";

export function toReleaseRow(release: ReleaseRow): Row {
  return {
    id: release.id,
    name: release.name,
    description: release.description ?? null,
    status: release.status,
    environment: release.environment ?? null,
    requires_approval: release.requiresApproval,
    changes: toJson(release.changes),
    snapshots: toJson(release.snapshots),
    scheduled_at: toDate(release.scheduledAt),
    deployed_at: toDate(release.deployedAt),
    rolled_back_at: toDate(release.rolledBackAt),
    created_by: toJson(release.createdBy),
    decided_by: toJson(release.decidedBy),
    note: release.note ?? null,
    created_at: new Date(release.createdAt),
    updated_at: new Date(release.updatedAt),
  };
}

export function fromReleaseRow(row: Row): ReleaseRow {
  return compact<ReleaseRow>({
    id: required<string>(row, "id"),
    name: required<string>(row, "name"),
    description: optional(row, "description"),
    status: required<string>(row, "status") as ReleaseStatus,
    environment: optional(row, "environment"),
    requiresApproval: required<boolean>(row, "requires_approval"),
    changes: fromJson<ReleaseRow["changes"]>(row.changes),
    snapshots: fromJson<ReleaseRow["snapshots"]>(row.snapshots),
    scheduledAt: fromDate(row.scheduled_at),
    deployedAt: fromDate(row.deployed_at),
    rolledBackAt: fromDate(row.rolled_back_at),
    createdBy: fromJson<AuditActor>(row.created_by),
    decidedBy: fromJson<AuditActor>(row.decided_by),
    note: optional(row, "note"),
    createdAt: fromDate(row.created_at),
    updatedAt: fromDate(row.updated_at),
  });
}
