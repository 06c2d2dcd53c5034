import type { AssignmentRow } from "../../src/ports/database-adapter";
import type { Statements } from "./gateway";
import { required } from "./rows/column-values";
import { fromAssignmentRow, toAssignmentRow } from "./rows/record-row";

const idOf = (row: Pick<AssignmentRow, "flagKey" | "userId">): string => JSON.stringify([row.flagKey, row.userId]);

/** `DatabaseTransaction.assign`: the first writer's assignment is kept, unless its variant is gone. */
export async function assignFirst(
  tx: Statements,
  asked: readonly AssignmentRow[],
  isGone: (row: AssignmentRow) => boolean = () => false,
): Promise<readonly AssignmentRow[]> {
  if (asked.length === 0) return [];
  const flagKeys = [...new Set(asked.map((row) => row.flagKey))];
  const flags = await tx.find("flags", { columns: ["key"], where: [{ column: "key", in: flagKeys }] });
  const existing = new Set(flags.map((row) => required<string>(row, "key")));

  // One order for everybody, so that two writers of the same units wait for each other instead of deadlocking.
  const first = new Map<string, AssignmentRow>();
  for (const row of asked) if (existing.has(row.flagKey) && !first.has(idOf(row))) first.set(idOf(row), row);
  const wanted = [...first].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  if (wanted.length === 0) return [];
  const at = new Date();
  const inserted = await tx.insertAbsent(
    "assignments",
    wanted.map((row) => toAssignmentRow(row, at)),
  );
  // Nobody had any of them, so there is nothing to look up.
  if (inserted.length === wanted.length) return asked.flatMap((row) => first.get(idOf(row)) ?? []);

  let kept = await readKept(tx, wanted);
  const gone = wanted.filter((row) => isGoneNow(kept.get(idOf(row))));
  for (const row of gone) await replace(tx, kept.get(idOf(row)) as AssignmentRow, row, at);
  if (gone.length > 0) kept = await readKept(tx, wanted);
  return asked.flatMap((row) => kept.get(idOf(row)) ?? []);

  function isGoneNow(row: AssignmentRow | undefined): boolean {
    return row !== undefined && isGone(row);
  }
}

async function readKept(tx: Statements, wanted: readonly AssignmentRow[]): Promise<Map<string, AssignmentRow>> {
  const distinct = (field: "flagKey" | "userId"): string[] => [...new Set(wanted.map((row) => row[field]))];
  const rows = await tx.find("assignments", {
    where: [
      { column: "user_id", in: distinct("userId") },
      { column: "flag_key", in: distinct("flagKey") },
    ],
  });
  const ids = new Set(wanted.map(idOf));
  return new Map(rows.map(fromAssignmentRow).flatMap((row) => (ids.has(idOf(row)) ? [[idOf(row), row] as const] : [])));
}

/** Replaces what was seen and nothing else: a writer that was faster has put a variant there that exists. */
async function replace(tx: Statements, seen: AssignmentRow, row: AssignmentRow, at: Date): Promise<void> {
  await tx.update(
    "assignments",
    [
      { column: "flag_key", is: seen.flagKey },
      { column: "user_id", is: seen.userId },
      { column: "variant_key", is: seen.variantKey },
    ],
    { variant_key: row.variantKey, created_at: at },
  );
}
