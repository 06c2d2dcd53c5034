import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client, Pool } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Gateway, Row, Statements } from "../../../adapters/db/gateway";
import { createPostgresGateway } from "../../../adapters/db/postgres/index";
import { createRepository } from "../../../adapters/db/repository";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import { plainFlag } from "../../contracts/definitions";
import { openTestDatabase } from "../../support/postgres";
import { createFollower, type Follower } from "./follower";
import { type AdapterName, ADAPTERS } from "./open-adapter";

const SERVERS = ["one", "two"];
const WRITERS = 15;
const FOLLOWERS = 3;

async function openDatabase(name: AdapterName): Promise<{ connectionString: string; db: DatabaseAdapter }> {
  const database = await openTestDatabase();
  const db = await ADAPTERS[name](database.connectionString, FOLLOWERS * 2);
  onTestFinished(async () => {
    await db.close();
    await database.close();
  });
  await db.migrate();
  return { connectionString: database.connectionString, db };
}

/** A server of its own, which ends with the test at the latest. */
async function runServer(adapter: AdapterName, connectionString: string, name: string, commits: number): Promise<unknown> {
  const script = fileURLToPath(new URL("commit-order-process.ts", import.meta.url));
  const words = [adapter, connectionString, name, `${WRITERS}`, `${commits}`];
  const child = spawn(process.execPath, ["--import", "tsx", script, ...words], { stdio: ["ignore", "inherit", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return (await once(child, "exit"))[0];
}

/** Pulls, again and again, until it has pulled after all was done. */
async function follow(follower: Follower, isDone: () => boolean): Promise<readonly string[]> {
  for (let last = false; ; last = isDone()) {
    const faults = await follower.pull();
    if (last || faults.length > 0) return faults;
    await sleep(Math.random() * 10);
  }
}

/** Lets two servers write, each writer so often, and followers follow; answers these once all is done. */
async function race(
  name: AdapterName,
  { connectionString, db }: { readonly connectionString: string; readonly db: DatabaseAdapter },
  commits: number,
): Promise<readonly Follower[]> {
  const followers = Array.from({ length: FOLLOWERS }, () => createFollower(db));
  let done = false;
  const following = followers.map((follower) => follow(follower, () => done));
  const exits = await Promise.all(SERVERS.map((server) => runServer(name, connectionString, server, commits)));
  done = true;
  expect(await Promise.all(following)).toEqual(followers.map(() => []));
  expect(exits).toEqual([0, 0]);
  return followers;
}

describe.each(Object.keys(ADAPTERS) as AdapterName[])("thirty slow writers on two servers, through %s,", (name) => {
  it("leave no follower by increments with anything but what a fresh pull gives, at any moment", async () => {
    const database = await openDatabase(name);
    const total = SERVERS.length * WRITERS * 4;
    for (const follower of await race(name, database, 4)) {
      expect(follower.seq).toBe(total);
      expect(follower.counts.increments).toBeGreaterThan(total / 10);
      expect(follower.counts.alike).toBeGreaterThan(10);
    }
    expect(await database.db.clock()).toMatchObject({ seq: total });
  });

  it("all commit where the database is set to be strict with transactions", async () => {
    const database = await openDatabase(name);
    const { connectionString } = database;
    const client = new Client({ connectionString });
    await client.connect();
    onTestFinished(() => client.end());
    const { pathname } = new URL(connectionString);
    await client.query(`ALTER DATABASE ${pathname.slice(1)} SET default_transaction_isolation TO 'serializable'`);
    const [follower] = await race(name, database, 1);
    expect(follower?.seq).toBe(SERVERS.length * WRITERS);
  });
});

/** The same database with positions from a Postgres sequence: what the clock row is there to avoid. */
function withPlainSequence(gateway: Gateway, pool: Pool): Gateway {
  // In several statements, as where a database cannot make them one.
  const naive = ({ advance: _, findBeside: _beside, ...tx }: Statements): Statements => ({
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
  const { advance: _, findBeside: _beside, ...rest } = gateway;
  return { ...rest, ...naive(gateway), transaction: (work, options) => gateway.transaction((tx) => work(naive(tx)), options) };
}

describe("a follower", () => {
  it("would miss a change, and says so, if positions came from a sequence", async () => {
    const database = await openTestDatabase();
    const pool = new Pool({ connectionString: database.connectionString }).on("error", () => undefined);
    onTestFinished(async () => {
      await pool.end();
      await database.close();
    });
    await createRepository(createPostgresGateway({ pool })).migrate();
    await pool.query("CREATE SEQUENCE plain_sequence");
    const db = createRepository(withPlainSequence(createPostgresGateway({ pool }), pool));
    const commit = (key: string, beforeCommit?: () => Promise<unknown>): Promise<void> =>
      db.transaction(async (tx) => {
        await tx.putFlag(plainFlag(key));
        await tx.advance([{ kind: "flag", key, deleted: false }]);
        await beforeCommit?.();
      });
    const follower = createFollower(db);
    // The slow writer takes the earlier position and commits it after the later one has been pulled.
    await commit("slow", async () => {
      await commit("fast");
      expect(await follower.pull()).toEqual([]);
    });
    expect(await follower.pull()).toEqual(["at 2: nothing is held in place of flag slow version 1 of 1"]);
  });
});
