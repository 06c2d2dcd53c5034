import type { Gateway } from "./gateway";
import { MIGRATIONS } from "./migrations/index";
import { runTransaction } from "./storage-errors";

/** Any number; every rollease uses this one, so that servers that start together upgrade one after the other. */
const ADVISORY_LOCK = 7_236_650_981;

/** Brings the schema to the newest version, each step in a transaction of its own. */
export async function migrateSchema(gateway: Gateway): Promise<void> {
  for (const { version, name, statements } of MIGRATIONS) {
    await runTransaction(gateway, async (tx) => {
      await tx.run(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
      await tx.run(
        `CREATE TABLE IF NOT EXISTS rollease_migrations
          (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`,
      );
      if ((await tx.count("migrations", [{ column: "version", is: version }])) > 0) return;
      for (const statement of statements) await tx.run(statement);
      await tx.insert("migrations", [{ version, name, applied_at: new Date() }]);
    });
  }
}
