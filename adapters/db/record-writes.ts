import type { DatabaseReads, DatabaseTransaction } from "../../src/ports/database-adapter";
import { assignFirst } from "./assign-first";
import { eraseFromTables } from "./erase-user";
import type { Row, Statements } from "./gateway";
import { readRelease } from "./record-reads";
import { required } from "./rows/column-values";
import { toKeyRow } from "./rows/key-row";
import { toEventRow, toHistoryRow, toImpressionRow } from "./rows/record-row";
import { toReleaseRow } from "./rows/release-row";
import type { Table } from "./schema";
import type { UnitOfWork } from "./unit-of-work";
import { addCalls } from "./webhook-queue";

type DefinitionWrites =
  | "definitions"
  | `lock${"Flag" | "Flags" | "Segment" | "Segments" | "Layer"}`
  | `${"put" | "delete"}${"Flag" | "Segment" | "Layer"}`
  | "putFlags"
  | "advance";

/** The writes of one transaction that touch no definition. */
export function createRecordWrites(unit: UnitOfWork): Omit<DatabaseTransaction, keyof DatabaseReads | DefinitionWrites> {
  const tx = unit.statements;
  return {
    async addHistory(entries) {
      const rows = entries.map((entry) => toHistoryRow(entry, crypto.randomUUID()));
      await unit.write([{ kind: "insert", table: "history", rows }]);
    },
    lockRelease: (id) => readRelease(tx, id, true),
    putRelease: (release) => tx.upsert("releases", [toReleaseRow(release)], { key: ["id"] }),
    putSdkKey: (row) => tx.upsert("keys", [toKeyRow(row)], { key: ["id"] }),
    addWebhookCalls: (calls) => addCalls(unit.raw, calls),
    assign: (rows, isGone) => assignFirst(tx, rows, isGone),
    async receive(ids) {
      const created_at = new Date();
      // One order for everybody, so that two pushes with ids in common wait for each other instead of deadlocking.
      const rows = [...new Set(ids)].sort().map((id) => ({ id, created_at }));
      const inserted = rows.length > 0 ? await tx.insertAbsent("receipts", rows) : [];
      return new Set(inserted.map((row) => required<string>(row, "id")));
    },
    addImpressions: (rows) => insertAny(tx, "impressions", rows.map(toImpressionRow)),
    addEvents: (rows) => insertAny(tx, "events", rows.map(toEventRow)),
    eraseUser: (userId, scope) => eraseFromTables(tx, userId, scope),
  };
}

async function insertAny(tx: Statements, table: Table, rows: readonly Row[]): Promise<void> {
  if (rows.length > 0) await tx.insert(table, rows);
}
