import type { EventRow, HistoryEntry, ImpressionRow, ReleaseRow, WebhookCall } from "../../src/ports/database-adapter";
import type { Eraser } from "./erase-mentions";

/** The rows without the user; a row that names nobody is answered itself. */
export interface RowEraser {
  impression(row: ImpressionRow): ImpressionRow;
  event(row: EventRow): EventRow;
  history(entry: HistoryEntry): HistoryEntry;
  release(row: ReleaseRow): ReleaseRow;
  /** Its subject stays, which names what the call is about and not whom. */
  call<T extends Pick<WebhookCall, "body">>(call: T): T;
}

export function createRowEraser({ text, json, actor, document }: Eraser): RowEraser {
  return {
    impression: (row) => change(row, { value: json(row.value) }),
    event: (row) => change(row, { metadata: json(row.metadata) }),
    history: (entry) =>
      change(entry, {
        by: entry.by && actor(entry.by),
        reason: entry.reason === null ? null : text(entry.reason),
        diff: json(entry.diff) as HistoryEntry["diff"],
      }),
    release: (row) =>
      change(row, {
        name: text(row.name),
        changes: json(row.changes) as ReleaseRow["changes"],
        ...(row.description !== undefined && { description: text(row.description) }),
        ...(row.snapshots && { snapshots: json(row.snapshots) as readonly [] }),
        ...(row.createdBy && { createdBy: actor(row.createdBy) }),
        ...(row.decidedBy && { decidedBy: actor(row.decidedBy) }),
        ...(row.note !== undefined && { note: text(row.note) }),
      }),
    call: (call) => {
      const body = document(call.body);
      return body === call.body ? call : { ...call, body };
    },
  };
}

function change<T extends object>(row: T, fields: Partial<T>): T {
  const changed = (Object.keys(fields) as (keyof T)[]).some((field) => fields[field] !== row[field]);
  return changed ? { ...row, ...fields } : row;
}
