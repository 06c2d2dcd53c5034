import type { ErasureCounts, ErasureScope } from "../../src/ports/database-adapter";
import { createEraser, type Eraser, jsonForm } from "./erase-mentions";
import { createRowEraser, type RowEraser } from "./erase-rows";
import type { Predicate, Row, Statements } from "./gateway";
import { required } from "./rows/column-values";
import { fromEventRow, fromHistoryRow, fromImpressionRow, toEventRow, toHistoryRow, toImpressionRow } from "./rows/record-row";
import { fromReleaseRow, toReleaseRow } from "./rows/release-row";
import { fromWebhookRow, toWebhookRow } from "./rows/webhook-row";
import { columnsOf, type Table } from "./schema";

/** Rows that are read, and written back, at a time. */
const BATCH = 500;

/** `DatabaseTransaction.eraseUser`. */
export async function eraseFromTables(tx: Statements, userId: string, scope: ErasureScope): Promise<ErasureCounts> {
  const eraser = createEraser(userId);
  const mentions = createMentions(createRowEraser(eraser));
  const theirs = [{ column: "user_id", is: userId }];
  const erase = async (table: keyof typeof mentions): Promise<number> => eraseMentions(tx, table, mentions[table], eraser);
  const counts = {
    impressions: scope.impressions ? (await tx.remove("impressions", theirs)) + (await erase("impressions")) : 0,
    assignments: scope.assignments ? await tx.remove("assignments", theirs) : 0,
    events: scope.events ? (await tx.remove("events", theirs)) + (await erase("events")) : 0,
    history: scope.history ? await erase("history") : 0,
  };
  if (scope.history) {
    await erase("releases");
    await erase("webhooks");
    await eraseReceipts(tx, eraser);
  }
  return counts;
}

/** How rows of a table lose a user. */
interface Mentions {
  /** Where the user may be named. */
  readonly columns: readonly string[];
  /** The column by which rows are paged. */
  readonly serial: string;
  /** The same row where it names nobody. */
  readonly erase: (row: Row) => Row;
}

function createMentions({ impression, event, history, release, call }: RowEraser) {
  return {
    impressions: { columns: ["value"], serial: "id", erase: through(fromImpressionRow, impression, toImpressionRow) },
    events: { columns: ["metadata"], serial: "id", erase: through(fromEventRow, event, toEventRow) },
    history: {
      columns: ["by", "actor", "reason", "diff"],
      serial: "position",
      erase: through(fromHistoryRow, history, (entry) => toHistoryRow(entry, entry.id)),
    },
    releases: {
      columns: ["name", "description", "changes", "snapshots", "created_by", "decided_by", "note"],
      serial: "position",
      erase: through(fromReleaseRow, release, toReleaseRow),
    },
    webhooks: { columns: ["body"], serial: "id", erase: through(fromWebhookRow, call, toWebhookRow) },
  } as const satisfies Partial<Record<Table, Mentions>>;
}

function through<T>(from: (row: Row) => T, erase: (value: T) => T, to: (value: T) => Row): (row: Row) => Row {
  return (row) => {
    const before = from(row);
    const after = erase(before);
    return after === before ? row : { ...row, ...to(after) };
  };
}

/** Answers how many rows have been changed. */
async function eraseMentions(tx: Statements, table: Table, mentions: Mentions, { forms }: Eraser): Promise<number> {
  const { columns, serial, erase } = mentions;
  const kinds = columnsOf(table);
  const keep = Object.keys(kinds).filter((column) => !columns.includes(column));
  const named: Predicate[] = columns.flatMap((column) =>
    forms.map((form) => ({ column, mentions: kinds[column] === "json" ? jsonForm(form) : form })),
  );
  let changed = 0;
  for (let last = -1; ;) {
    const where = [{ any: named }, { column: serial, above: last }];
    const rows = await tx.find(table, { where, orderBy: [[serial, "asc"]], limit: BATCH, lock: true });
    const erased = rows.map(erase).filter((row, i) => row !== rows[i]);
    if (erased.length > 0) await tx.upsert(table, erased, { key: ["id"], keep });
    changed += erased.length;
    if (rows.length < BATCH) return changed;
    last = required<number>(rows.at(-1) as Row, serial);
  }
}

async function eraseReceipts(tx: Statements, { forms, text }: Eraser): Promise<void> {
  const named = forms.map((form) => ({ column: "id", mentions: form }));
  const rows = await tx.find("receipts", { where: [{ any: named }], lock: true });
  const changed = rows.filter((row) => text(required(row, "id")) !== row.id);
  if (changed.length === 0) return;
  await tx.remove("receipts", [{ column: "id", in: changed.map((row) => required<string>(row, "id")) }]);
  await tx.insertAbsent(
    "receipts",
    changed.map((row) => ({ ...row, id: text(required(row, "id")) })),
  );
}
