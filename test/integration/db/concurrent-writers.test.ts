import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Gateway, Row, Statements } from "../../../adapters/db/gateway";
import { createPostgresGateway } from "../../../adapters/db/postgres/index";
import { createRepository } from "../../../adapters/db/repository";
import type { Change } from "../../../src/model/definition";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { createDefinitionSet, type DefinitionSet } from "../../../src/protocol/definition-set";
import { plainFlag } from "../../contracts/definitions";
import { openTestDatabase, type TestDatabase } from "../../support/postgres";

const WRITERS = 20;
const COMMITS = 6;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await openTestDatabase();
  pool = new Pool({ connectionString: database.connectionString, max: WRITERS + 5 });
  pool.on("error", () => undefined);
  const db = createRepository(createPostgresGateway({ pool }));
  await db.migrate();
  await db.close();
  await pool.query("CREATE SEQUENCE plain_sequence");
});
afterAll(async () => {
  await pool.end();
  await database.close();
});

/** Writers at once, each transaction of which dawdles between taking its position and its commit. */
async function write(db: DatabaseAdapter, prefix: string): Promise<void> {
  const writer = async (i: number): Promise<void> => {
    for (let version = 1; version <= COMMITS; version++) {
      await db.transaction(async (tx) => {
        const keys = [`${prefix}-own-${i}`, `${prefix}-shared-${(i + version) % 5}`].sort();
        for (const key of keys) {
          const before = await tx.lockFlag(key);
          await tx.putFlag(plainFlag(key, { version: (before?.version ?? 0) + 1, updatedAt: new Date().toISOString() }));
        }
        await tx.advance(keys.map((key) => ({ kind: "flag", key, deleted: false })));
        await sleep(Math.random() * 15);
      });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, (_, i) => writer(i)));
}

/** A replica that knows nothing but increments. */
async function follow(db: DatabaseAdapter, isDone: () => boolean): Promise<{ held: DefinitionSet; pulls: number }> {
  const held = createDefinitionSet();
  let since = 0;
  let pulls = 0;
  for (let last = false; ; last = isDone()) {
    const { position, changes } = await db.feed(since);
    held.apply(changes);
    since = position.seq;
    pulls++;
    if (last) return { held, pulls };
    await sleep(2);
  }
}

async function race(db: DatabaseAdapter, prefix: string): Promise<{ incremental: string[]; fresh: string[]; pulls: number }> {
  let done = false;
  const following = follow(db, () => done);
  await write(db, prefix);
  done = true;
  const { held, pulls } = await following;
  return { incremental: describeAll(held.present()), fresh: describeAll((await db.feed()).changes), pulls };
}

function describeAll(changes: Iterable<Change>): string[] {
  return [...changes].map(({ kind, key, seq, doc }) => `${kind} ${key} seq ${seq} version ${doc?.version}`).sort();
}

/** The same database with positions from a Postgres sequence: what the clock row is there to avoid. */
function withPlainSequence(gateway: Gateway): Gateway {
  const naive = (tx: Statements): Statements => ({
    ...tx,
    async update(table, where, set, add): Promise<readonly Row[]> {
      if (table !== "clock") return tx.update(table, where, set, add);
      const { rows } = await pool.query<{ seq: string }>("SELECT nextval('plain_sequence') AS seq");
      return [{ epoch: "sequence", seq: Number(rows[0]?.seq) }];
    },
    async find(table, query) {
      if (table !== "clock") return tx.find(table, query);
      const [latest] = await tx.find("feed", { orderBy: [["seq", "desc"]], limit: 1 });
      return [{ epoch: "sequence", seq: latest?.seq ?? 0 }];
    },
  });
  return { ...gateway, ...naive(gateway), transaction: (work, options) => gateway.transaction((tx) => work(naive(tx)), options) };
}

describe("twenty writers at once and a replica that follows by increments", () => {
  it("ends where a fresh pull ends", async () => {
    const db = createRepository(createPostgresGateway({ pool }));
    const { incremental, fresh, pulls } = await race(db, "clock");
    expect(incremental).toEqual(fresh);
    expect(fresh).toHaveLength(WRITERS + 5);
    expect(pulls).toBeGreaterThan(10);
    expect((await db.clock()).seq).toBe(WRITERS * COMMITS);
    await db.close();
  });

  it("would lose changes if positions came from a sequence", async () => {
    await pool.query("TRUNCATE rollease_flags CASCADE; TRUNCATE rollease_feed");
    const db = createRepository(withPlainSequence(createPostgresGateway({ pool })));
    const commit = (key: string, beforeCommit?: () => Promise<unknown>): Promise<void> =>
      db.transaction(async (tx) => {
        await tx.putFlag(plainFlag(key));
        await tx.advance([{ kind: "flag", key, deleted: false }]);
        await beforeCommit?.();
      });
    const held = createDefinitionSet();
    const pull = async (since: number): Promise<number> => {
      const { position, changes } = await db.feed(since);
      held.apply(changes);
      return position.seq;
    };
    let seen = 0;
    // The slow writer takes the earlier position and commits it after the later one has been pulled.
    await commit("slow", async () => {
      await commit("fast");
      seen = await pull(0);
    });
    await pull(seen);
    expect(describeAll((await db.feed()).changes)).toHaveLength(2);
    expect([...held.present()].map(({ key }) => key)).toEqual(["fast"]);
    await db.close();
  });
});
