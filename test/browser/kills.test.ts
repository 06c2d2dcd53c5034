import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { StoredRuleset } from "../../src/ports/local-store";
import { spawnChromium } from "../support/chromium";
import { createFakeSyncServer } from "../support/fake-sync-server";
import { createManualClock } from "../support/manual-clock";
import { bundlePage } from "./support/remote-store";

const KILLS = Number(process.env["KILLS"] ?? 9);
const SEED = Number(process.env["KILL_SEED"] ?? Date.now() % 1_000_000);
const KINDS = ["idb", "dexie", "rxdb"] as const;
const KEYS = Array.from({ length: 30 }, (_, i) => `f${i}`);

const random = createRandom(SEED);
const server = createFakeSyncServer(createManualClock());
/** What the server had at each checkpoint: keys with values and commits. */
const states = new Map<string, string>();
const now = new Map<string, number>();
let heard: (ruleset: StoredRuleset | null) => void;
const scripts = new Map<string, string>();
let http: Server;
let origin: string;
let profile: string;

beforeAll(async () => {
  const { error } = console;
  // The listener says of each stream that it was aborted.
  vi.spyOn(console, "error").mockImplementation((...all: unknown[]) => {
    if (!String(all[0]).endsWith("aborted")) error(...all);
  });
  for (const kind of KINDS) scripts.set(kind, await bundlePage(kind));
  // Whoever was killed does not hear the rest of its answers.
  const listener = getRequestListener(serve, { errorHandler: () => new Response(null, { status: 500 }) });
  http = createServer((request, response) => void listener(request, response));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  profile = await mkdtemp(join(tmpdir(), "rollease-killed-"));
  for (let i = 0; i < 5; i++) commit();
});
afterAll(async () => {
  vi.restoreAllMocks();
  http.closeAllConnections();
  http.close();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

async function serve(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/api/")) return server.fetch(request);
  if (pathname === "/report") {
    heard((await request.json()) as StoredRuleset | null);
    return new Response();
  }
  const kind = pathname.slice("/follow/".length);
  const script = scripts.get(kind)?.replaceAll("</script", "<\\/script");
  const html = `<!doctype html><script>${script}</script><script>storesPage.follow("killed-${kind}")</script>`;
  return new Response(html, { headers: { "content-type": "text/html" } });
}

/** mulberry32. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Several flags change at once, and some go. */
function commit(): void {
  const touched = KEYS.filter(() => random() < 0.3);
  const gone = touched.filter((key) => now.has(key) && random() < 0.2);
  const seq = Number(server.checkpoint.split(".")[1]) + 1;
  for (const key of touched) now.set(key, seq);
  for (const key of gone) now.delete(key);
  const kept = touched.filter((key) => !gone.includes(key));
  server.commit(
    kept.map((key) => ({ key, type: "json", defaultValue: seq })),
    gone,
  );
  states.set(server.checkpoint, JSON.stringify([...now].sort()));
}

function contentOf({ changes }: StoredRuleset): string {
  for (const { seq, doc } of changes) expect(doc).toMatchObject({ defaultValue: seq });
  return JSON.stringify(changes.map(({ key, seq }) => [key, seq] as [string, number]).sort());
}

/** Opens the page, answers what its store held, and kills the browser while commits arrive. */
async function follow(kind: string): Promise<StoredRuleset | null> {
  const report = new Promise<StoredRuleset | null>((resolve) => (heard = resolve));
  const browser = await spawnChromium(profile, `${origin}/follow/${kind}`);
  const exited = once(browser, "exit");
  const early = exited.then(() => Promise.reject(new Error("the browser ended by itself")));
  early.catch(() => undefined);
  try {
    const found = await Promise.race([report, early]);
    const streams = server.requests.filter((each) => each.includes("/sync/stream")).length;
    await Promise.race([
      expect
        .poll(() => server.requests.filter((each) => each.includes("/sync/stream")).length, { timeout: 30_000 })
        .toBeGreaterThan(streams),
      early,
    ]);
    const until = Date.now() + 50 + random() * 500;
    while (Date.now() < until) {
      commit();
      await new Promise((resolve) => setTimeout(resolve, random() * 6));
    }
    return found;
  } finally {
    process.kill(-(browser.pid as number), "SIGKILL");
    await exited;
    server.closeStreams();
  }
}

it(`has at one commit what the server had there, after each of ${KILLS} kills of the browser (KILL_SEED=${SEED})`, async () => {
  console.log(`KILL_SEED=${SEED}`);
  const last = new Map<string, number>();
  let advanced = 0;
  // Once more for each kind, to see what the last kill has left.
  for (let round = 0; round < KILLS + KINDS.length; round++) {
    const kind = KINDS[round % KINDS.length] as string;
    const found = await follow(kind);
    const where = `${kind}, round ${round}, KILL_SEED=${SEED}`;
    const before = last.get(kind);
    if (before === undefined) {
      expect(found, where).toBeNull();
      last.set(kind, 0);
      continue;
    }
    if (!found) {
      // Killed before the first ruleset was stored; what was there once has to be there.
      expect(before, where).toBe(0);
      continue;
    }
    expect(contentOf(found), where).toBe(states.get(found.checkpoint));
    const seq = Number(found.checkpoint.split(".")[1]);
    expect(seq, where).toBeGreaterThanOrEqual(before);
    if (seq > before) advanced++;
    last.set(kind, seq);
  }
  // Kills that hit nobody at work would prove nothing.
  expect(advanced).toBeGreaterThan(KILLS / 2);
}, 600_000);
