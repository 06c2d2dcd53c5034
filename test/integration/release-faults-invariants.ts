import type { Pool } from "pg";
import { expect } from "vitest";
import type { Change } from "../../src/model/definition";
import type { Flag } from "../../src/model/flag";
import type { DatabaseAdapter, ReleaseRow } from "../../src/ports/database-adapter";
import { createDefinitionSet, type DefinitionSet } from "../../src/protocol/definition-set";
import { GROUPS } from "./release-faults-report";

/** A replica that knows increments alone, and never gets to see half a release. */
export interface Follower {
  readonly held: DefinitionSet;
  pulls(): number;
  /** Reads what is new. */
  pull(): Promise<void>;
}

export function createFollower(db: DatabaseAdapter): Follower {
  const held = createDefinitionSet();
  let since = 0;
  let pulls = 0;
  return {
    held,
    pulls: () => pulls,
    async pull() {
      const { position, changes } = await db.feed(since);
      held.apply(changes);
      since = position.seq;
      pulls++;
      assertGroupsWhole(flagsOf(held.present()));
    },
  };
}

function flagsOf(changes: Iterable<Change>): Flag[] {
  return [...changes].flatMap((change) => (change.kind === "flag" && change.doc ? [change.doc] : []));
}

function assertGroupsWhole(flags: readonly Flag[]): void {
  const values = new Map(flags.map((flag) => [flag.key, flag.defaultValue]));
  for (const keys of GROUPS) expect(new Set(keys.map((key) => values.get(key))), keys.join()).toHaveProperty("size", 1);
}

interface Entry {
  readonly action: string;
  readonly flag_key: string | null;
  readonly release_id: string | null;
  readonly diff: { readonly after: unknown };
}

/** What must hold whenever nothing is being written, whoever died while writing. `since` is a position of the history. */
export async function assertConsistent(db: DatabaseAdapter, pool: Pool, follower: Follower, since: number): Promise<number> {
  const { rows: entries } = await pool.query<Entry & { position: string }>(
    "SELECT position, action, flag_key, release_id, diff FROM rollease_history WHERE position > $1 ORDER BY position",
    [since],
  );
  const { items: flags } = await db.flags({ limit: 1_000 });
  assertGroupsWhole(flags);
  await assertHistoryOfFlags(pool, flags);
  await assertFeed(db, pool, flags, follower);
  const ids = [...new Set(entries.flatMap(({ release_id }) => release_id ?? []))];
  for (const id of ids) {
    const release = (await db.release(id)) as ReleaseRow;
    const { items } = await db.history({ releaseId: id, limit: 1_000 });
    assertWhole(
      release,
      items.map(({ action, flagKey }) => [action, flagKey] as const),
    );
  }
  return Number(entries.at(-1)?.position ?? since);
}

/** A flag is what its last entry says, and its version is the number of its entries. */
async function assertHistoryOfFlags(pool: Pool, flags: readonly Flag[]): Promise<void> {
  const { rows } = await pool.query<{ flag_key: string; count: string; after: unknown }>(
    `SELECT DISTINCT ON (flag_key) flag_key, diff -> 'after' AS after, count(*) OVER (PARTITION BY flag_key) AS count
      FROM rollease_history WHERE flag_key IS NOT NULL ORDER BY flag_key, position DESC`,
  );
  const last = new Map(rows.map((row) => [row.flag_key, row]));
  for (const flag of flags) {
    expect(last.get(flag.key)?.after).toEqual(flag);
    expect(Number(last.get(flag.key)?.count)).toBe(flag.version);
  }
}

/** A fresh pull is the tables, increments lead to the same, and every commit has had one position. */
async function assertFeed(db: DatabaseAdapter, pool: Pool, flags: readonly Flag[], follower: Follower): Promise<void> {
  const { position, changes } = await db.feed();
  const byKey = (all: readonly Flag[]): Flag[] => [...all].sort((a, b) => (a.key < b.key ? -1 : 1));
  expect(byKey(flagsOf(changes))).toEqual(byKey(flags));
  await follower.pull();
  expect(byKey(flagsOf(follower.held.present()))).toEqual(byKey(flags));
  const { rows } = await pool.query<{ count: string }>(
    "SELECT count(*) AS count FROM rollease_history WHERE action IN ('create', 'deploy_release', 'rollback_release')",
  );
  expect(position.seq).toBe(Number(rows[0]?.count));
}

/** Wholly in or wholly out: the row, its images and the history say the same. */
function assertWhole(release: ReleaseRow, entries: readonly (readonly [action: string, flagKey: string | null])[]): void {
  const keys = [...new Set(release.changes.map((change) => (change as { flagKey: string }).flagKey))].sort();
  const own = entries.flatMap(([action, flagKey]) => (flagKey === null ? [action] : [])).reverse();
  const { status, snapshots, deployedAt, rolledBackAt } = release;
  const phases = { pending: 0, deployed: 1, rolled_back: 2 }[status as "pending"];
  expect(own).toEqual(["create_release", "deploy_release", "rollback_release"].slice(0, phases + 1));
  expect(entries.flatMap(([, flagKey]) => flagKey ?? []).sort()).toEqual(keys.flatMap((key) => Array<string>(phases).fill(key)));
  expect([deployedAt !== undefined, rolledBackAt !== undefined]).toEqual([phases > 0, phases > 1]);
  expect(snapshots?.map((image) => (image as unknown as { before: Flag }).before.key)).toEqual(phases > 0 ? keys : undefined);
}
