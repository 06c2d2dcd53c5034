import type { Gateway } from "./gateway";
import { MIGRATIONS } from "./migrations/index";
import { readMigrations } from "./feed-care";
import { guardStatements, runTransaction } from "./storage-errors";
import { quote } from "./table-names";

/** Any number; every rollease uses this one, so that servers that start together upgrade one after the other. */
const ADVISORY_LOCK = 7_236_650_981;

const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS rollease_migrations
  (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now())`;

/** `CREATE SCHEMA IF NOT EXISTS` wants the right to create one even where it is there. The name holds no quotes. */
function createSchema(name: string): string {
  return `DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '${name}') THEN CREATE SCHEMA ${quote(name)}; END IF;
  END $$`;
}

/** Brings the tables to the newest version, each step in a transaction of its own. */
export async function migrateSchema(gateway: Gateway): Promise<void> {
  const { schema, place } = gateway.names;
  // Whoever may not create tables can still find that there is nothing to create.
  const { pending } = await readMigrations(guardStatements(gateway));
  if (pending.length === 0) return;
  for (const { version, name, statements } of MIGRATIONS) {
    await runTransaction(gateway, async (tx) => {
      // A pool of the user's may have limits that are made for short statements.
      for (const limit of ["statement_timeout", "lock_timeout"]) await tx.run(`SET LOCAL ${limit} = 0`);
      await tx.run(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
      if (schema !== undefined) await tx.run(createSchema(schema));
      await tx.run(place(MIGRATIONS_TABLE));
      if ((await tx.count("migrations", [{ column: "version", is: version }])) > 0) return;
      for (const statement of statements) await tx.run(place(statement));
      await tx.insert("migrations", [{ version, name, applied_at: new Date() }]);
    });
  }
}
