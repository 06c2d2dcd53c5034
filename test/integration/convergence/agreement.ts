import { Client } from "pg";
import { createMemoryStore, createRolleaseClient } from "rollease/client";
import { expect, vi } from "vitest";
import type { PullResponse, PushEntry } from "../../../src/protocol/wire";
import type { Device } from "./device";
import { STICKY } from "./flags";

export interface Outcome {
  readonly entries: number;
  readonly assignments: number;
  readonly looks: number;
  readonly faults: Readonly<Record<string, number>>;
}

interface Place {
  readonly baseUrl: string;
  readonly connectionString: string;
}

const PATIENCE = { timeout: 45_000, interval: 100 };

/** Checks that everybody agrees with the server, once the network is good again and everything has been said. */
export async function assertAgreement(devices: readonly Device[], place: Place): Promise<Outcome> {
  expect(devices.flatMap(({ torn }) => torn)).toEqual([]);
  await Promise.all(devices.map(sayEverything));
  await assertRulesets(devices, place);
  const assignments = await assertAssignments(devices, place);
  // A store that is opened again is given once more what waits, of the device that shares it, too.
  const entries = [...new Map(devices.flatMap(({ recorded }) => recorded.map((entry) => [entry.id, entry]))).values()];
  await assertAppliedOnce(entries, place);
  expect(devices.flatMap(({ torn }) => torn)).toEqual([]);
  const faults: Record<string, number> = {};
  for (const { proxy } of devices) for (const [fault, n] of proxy.met) faults[fault] = (faults[fault] ?? 0) + n;
  return { entries: entries.length, assignments, looks: devices.reduce((sum, { looks }) => sum + looks, 0), faults };
}

/** Lets everybody who used a device be shown what is sticky, and delivers what waits. */
async function sayEverything({ name, client, users, recorded }: Device): Promise<void> {
  await vi.waitFor(() => client.refetch(), PATIENCE);
  for (const userId of users) {
    await client.identify({ userId });
    for (const key of STICKY) client.evaluate(key);
  }
  await vi.waitFor(async () => {
    await client.flush();
    expect([name, client.status().pending]).toEqual([name, 0]);
  }, PATIENCE);
  expect(recorded.length).toBeGreaterThan(0);
}

async function assertRulesets(devices: readonly Device[], { baseUrl }: Place): Promise<void> {
  const said = (await (await fetch(`${baseUrl}/sync/pull`)).json()) as PullResponse;
  const documents = (changes: PullResponse["changes"]): unknown =>
    [...changes].sort((a, b) => (`${a.kind}:${a.key}` < `${b.kind}:${b.key}` ? -1 : 1));
  expect(said.more).toBe(false);
  for (const { name, client, store } of devices) {
    await vi.waitFor(async () => {
      const { ruleset } = await store.load();
      expect([name, client.status().checkpoint, ruleset?.checkpoint]).toEqual([name, said.checkpoint, said.checkpoint]);
      expect(ruleset?.hash).toBe(said.hash);
      expect(documents(ruleset?.changes ?? [])).toEqual(documents(said.changes));
    }, PATIENCE);
    // And what it evaluates is what somebody does who has only just come.
    const fresh = createRolleaseClient({ baseUrl, context: client.context(), store: createMemoryStore() });
    await fresh.ready();
    expect(client.flags()).toEqual(fresh.flags());
    fresh.destroy();
  }
}

/** One assignment for each unit: the server's. Answers how many there are. */
async function assertAssignments(devices: readonly Device[], { connectionString }: Place): Promise<number> {
  const rows = await query(
    connectionString,
    "SELECT concat(user_id, ' ', flag_key) AS id, variant_key FROM rollease_assignments",
  );
  const kept = new Map(rows.map((row) => [row["id"], row["variant_key"]]));
  expect(kept.size).toBe(rows.length);
  for (const { name, client, store, users } of devices) {
    for (const userId of users) {
      await client.identify({ userId });
      const known = client.assignments();
      for (const key of STICKY) {
        expect([name, userId, key, known[key]]).toEqual([name, userId, key, kept.get(`${userId} ${key}`)]);
        // What is kept is what is served.
        const { variant, value } = client.evaluate(key);
        if (known[key] !== undefined)
          expect([name, userId, key, variant ?? (value && "on")]).toEqual([name, userId, key, known[key]]);
      }
    }
    for (const { unit, flagKey, variantKey } of await store.assignments(users)) {
      expect([name, unit, flagKey, variantKey]).toEqual([name, unit, flagKey, kept.get(`${unit} ${flagKey}`)]);
    }
  }
  return rows.length;
}

/** What was recorded anywhere is in the tables as often as it was recorded: once. */
async function assertAppliedOnce(entries: readonly PushEntry[], { connectionString }: Place): Promise<void> {
  const events = await query(connectionString, "SELECT metadata->>'entry' AS entry FROM rollease_events");
  const told = entries.flatMap((entry) => (entry.type === "event" ? [entry.metadata?.["entry"]] : []));
  expect(events.map((row) => row["entry"]).sort()).toEqual(told.sort());

  const shown = await query(connectionString, "SELECT flag_key, user_id, variant_key, value, reason FROM rollease_impressions");
  const seen = entries.flatMap((entry) =>
    entry.type === "impression" ? [[entry.flagKey, entry.unit, entry.variant, entry.value, entry.reason]] : [],
  );
  const texts = (all: readonly unknown[]): string[] => all.map((each) => JSON.stringify(each)).sort();
  expect(texts(shown.map((row) => Object.values(row)))).toEqual(texts(seen));
}

async function query(connectionString: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
