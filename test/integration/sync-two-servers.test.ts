import { afterAll, beforeAll, expect, it } from "vitest";
import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { createSyncHandler, type SyncHandler } from "rollease/server";
import { createDefinitionSet } from "../../src/protocol/definition-set";
import type { PullResponse } from "../../src/protocol/wire";
import type { RolleaseCore } from "../../src/server/types";
import { readEvents } from "../sync-server/sse-reader";

// One database, of which one server hears at once and the other only when it looks.
const db = createMemoryAdapter();
const { listen: _, ...deaf } = db;
const config = { secret: "a secret of two servers", logging: { sink: () => undefined } };
let servers: RolleaseCore[];
let handlers: SyncHandler[];
beforeAll(async () => {
  servers = [
    createRollease({ ...config, db }),
    createRollease({ ...config, db: { ...deaf, close: async () => undefined }, l1TtlMs: 60_000 }),
  ];
  await Promise.all(servers.map((server) => server.ready()));
  handlers = servers.map((server) => createSyncHandler(server, { allowAnonymous: true }));
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

const get = (server: number, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  (handlers[server] as SyncHandler)(new Request(`http://test/api/rollease${path}`, { headers }));
const pull = async (server: number, since?: string): Promise<PullResponse> =>
  (await (await get(server, `/sync/pull${since ? `?since=${since}` : ""}`)).json()) as PullResponse;

it("a client that goes from server to server holds at each what that server says it should", async () => {
  const client = createDefinitionSet();
  let since: string | undefined;
  const flags = (servers[0] as RolleaseCore).flags;
  for (let round = 0; round < 30; round++) {
    const key = `f${round % 4}`;
    const visible = round % 3 !== 0;
    if (round < 4) await flags.create({ key, type: "boolean", defaultValue: false, clientVisible: visible });
    else await flags.update(key, { clientVisible: visible, description: `round ${round}` });
    if (round % 5 === 0) continue;
    const body = await pull(round % 2, since);
    expect(body.more).toBe(false);
    client.apply(body.changes, body.reset);
    expect(client.hash).toBe(body.hash);
    since = body.checkpoint;
  }
});

it("a server that is behind a reader catches up before it answers, also for a stream", async () => {
  const [ahead] = servers as [RolleaseCore];
  await ahead.flags.create({ key: "late", type: "boolean", defaultValue: false });
  const { checkpoint } = await pull(0);
  await ahead.flags.create({ key: "later", type: "boolean", defaultValue: false });
  const { checkpoint: last } = await pull(0);
  const events = readEvents(await get(1, "/sync/stream", { "last-event-id": checkpoint }));
  const other = await pull(1, last);
  expect(other).toMatchObject({ checkpoint: last, changes: [] });
  const event = await events.next();
  expect(["change", "reset"]).toContain(event?.event);
  await events.cancel();
});
