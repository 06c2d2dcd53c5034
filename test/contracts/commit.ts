import type { DatabaseAdapter, DatabaseTransaction } from "../../src/ports/database-adapter";

/** Runs one transaction that puts definitions and records them in the feed. */
export async function commit(
  db: DatabaseAdapter,
  changed: readonly { kind: "flag" | "segment" | "layer"; key: string; deleted?: boolean }[],
  write: (tx: DatabaseTransaction) => Promise<void>,
): Promise<{ epoch: string; seq: number }> {
  return db.transaction(async (tx) => {
    await write(tx);
    return tx.advance(changed.map(({ kind, key, deleted = false }) => ({ kind, key, deleted })));
  });
}
