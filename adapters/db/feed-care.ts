import { StorageError } from "../../src/errors";
import type { DatabaseStatus, FeedCensus, StoredCounts } from "../../src/ports/database-status";
import type { Position } from "../../src/protocol/checkpoint";
import { readClock, toPosition } from "./feed-rows";
import type { Row, Statements } from "./gateway";
import { MIGRATIONS } from "./migrations/index";
import { fromDate, required } from "./rows/column-values";
import type { Table } from "./schema";
import { isMissingTable } from "./storage-errors";

const COUNTED: Readonly<Record<keyof StoredCounts, Table>> = {
  flags: "flags",
  segments: "segments",
  layers: "layers",
  releases: "releases",
  keys: "keys",
  webhookCalls: "webhooks",
};

/** What was done to the schema, and what is still to be done: of a database without tables, too. */
export async function readMigrations(tx: Statements): Promise<DatabaseStatus["migrations"]> {
  const rows = (await findIfThere(tx, "migrations")) ?? [];
  const applied = rows
    .map((row) => ({
      version: required<number>(row, "version"),
      name: required<string>(row, "name"),
      appliedAt: fromDate(row.applied_at) as string,
    }))
    .sort((a, b) => a.version - b.version);
  const known = new Set(applied.map(({ version }) => version));
  const pending = MIGRATIONS.filter(({ version }) => !known.has(version)).map(({ version, name }) => ({ version, name }));
  return { applied, pending };
}

/** `DatabaseAdapter.status`. */
export async function readStatus(tx: Statements): Promise<Omit<DatabaseStatus, "kind">> {
  const migrations = await readMigrations(tx);
  if (migrations.pending.length > 0) return { migrations };
  const counts = Object.entries(COUNTED).map(async ([name, table]) => [name, await tx.count(table, [])] as const);
  return {
    migrations,
    position: await readClock(tx),
    counts: Object.fromEntries(await Promise.all(counts)) as unknown as StoredCounts,
  };
}

async function findIfThere(tx: Statements, table: Table): Promise<readonly Row[] | undefined> {
  try {
    return await tx.find(table);
  } catch (error) {
    if (isMissingTable(error)) return undefined;
    throw error;
  }
}

/** `DatabaseAdapter.rotateEpoch`. */
export async function rotateEpoch(tx: Statements, channel: string): Promise<Position> {
  const [clock] = await tx.update("clock", [{ column: "id", is: 1 }], { epoch: crypto.randomUUID() });
  if (!clock) throw new StorageError("The change feed has no clock: call migrate(adapter) first.");
  await tx.notify?.(channel);
  return toPosition(clock);
}

const TALLIED = [
  { table: "flags", columns: ["version", "updated_at"] },
  { table: "segments", columns: ["version", "updated_at"] },
  { table: "layers", columns: ["version", "updated_at"] },
  { table: "keys", columns: ["created_at", "revoked_at"] },
] as const;

/** `DatabaseAdapter.census`. Run in one snapshot. */
export async function takeCensus(tx: Statements & Required<Pick<Statements, "tally">>): Promise<FeedCensus> {
  const position = await readClock(tx);
  const [flags, segments, layers, keys] = await tx.tally(TALLIED);
  if (!flags || !segments || !layers || !keys) throw new StorageError("The database has not counted what it was asked for.");
  return { position, flags, segments, layers, keys };
}
