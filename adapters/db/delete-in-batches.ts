import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import type { Gateway } from "./gateway";
import { required } from "./rows/column-values";
import { runTransaction } from "./storage-errors";

/** Rows that one transaction deletes: few enough that nobody waits for it. */
const BATCH = 1_000;

/** `DatabaseAdapter.deleteBefore`. Servers that do so at once share the work: rows that another is deleting are left to it. */
export async function deleteInBatches(
  gateway: Gateway,
  table: Parameters<DatabaseAdapter["deleteBefore"]>[0],
  at: Date,
  limit: number,
): Promise<number> {
  let deleted = 0;
  while (deleted < limit) {
    const most = Math.min(BATCH, limit - deleted);
    const count = await runTransaction(gateway, async (tx) => {
      const rows = await tx.find(table, {
        columns: ["id"],
        where: [{ column: "created_at", before: at }],
        orderBy: [
          ["created_at", "asc"],
          ["id", "asc"],
        ],
        limit: most,
        lock: "skip",
      });
      const ids = rows.map((row) => required<string | number>(row, "id"));
      return ids.length > 0 ? tx.remove(table, [{ column: "id", in: ids }]) : 0;
    });
    deleted += count;
    if (count < most) break;
  }
  return deleted;
}
