import type { ErasureCounts, ErasureScope } from "../../../src/ports/database-adapter";
import { createEraser } from "../erase-mentions";
import { createRowEraser } from "../erase-rows";
import type { StagedTables } from "./tables";

/** `DatabaseTransaction.eraseUser`. */
export function eraseFromTables(tables: StagedTables, userId: string, scope: ErasureScope): ErasureCounts {
  const eraser = createEraser(userId);
  const { impression, event, history, release, call } = createRowEraser(eraser);
  const without =
    <T extends { readonly userId: string | null }>(erase: (row: T) => T) =>
    (row: T): T | undefined =>
      row.userId === userId ? undefined : erase(row);
  const counts = {
    impressions: scope.impressions ? tables.impressions.rewrite(without(impression)) : 0,
    assignments: scope.assignments ? tables.assignments.rewrite(without((row) => row)) : 0,
    events: scope.events ? tables.events.rewrite(without(event)) : 0,
    history: scope.history ? tables.history.rewrite(history) : 0,
  };
  if (scope.history) {
    tables.releases.rewrite(release);
    tables.webhooks.rewrite(call);
    eraseReceipts(tables, eraser.text);
  }
  return counts;
}

function eraseReceipts({ receipts }: StagedTables, erase: (id: string) => string): void {
  for (const receipt of [...receipts.values()]) {
    const id = erase(receipt.id);
    if (id === receipt.id) continue;
    receipts.delete(receipt.id);
    receipts.set(id, { ...receipt, id });
  }
}
