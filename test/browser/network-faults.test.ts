import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FALLBACK_POLL_MS, POLLS_PER_TRY } from "../../src/replica/sync-machine";
import { STREAM_SILENCE_MS } from "../../src/replica/event-stream";
import { REQUEST_TIMEOUT_MS } from "../../src/replica/http-request";
import { MAX_BACKOFF_MS } from "../../src/replica/backoff";
import type { ProxyFault } from "../support/fault-proxy";
import { startClientWorld, SYNC, type ClientTab, type ClientWorld } from "./support/client-tabs";

const JSON_TYPE = { "content-type": "application/json" };
const PORTAL = "<html><title>Accept the terms of this café</title></html>";

let world: ClientWorld;
let profile: string;
let tab: ClientTab;
beforeAll(async () => {
  world = await startClientWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.server.flags.update("a", { defaultValue: false });
  profile = await world.profile();
  tab = await world.tab(profile);
  await tab.until({ phase: "live" });
});
afterEach(async () => {
  mend();
  await world.leave(profile);
});

function mend(): void {
  world.proxy.faults.clear();
  world.proxy.stall(false);
  world.proxy.buffer(false);
}
const answer =
  (status: number, headers: Readonly<Record<string, string>>, body = "{}"): ProxyFault =>
  (response: ServerResponse) =>
    void response.writeHead(status, headers).end(body);
/** From now on, every request for the server meets this, and what is open breaks. */
function fail(fault: ProxyFault): void {
  world.proxy.faults.set(SYNC, fault);
  world.proxy.cut();
}
const flip = async (): Promise<void> => void (await world.server.flags.update("a", { defaultValue: true }));
/** Lets time pass in steps, as a clock does, until the client's phase is this. */
async function skipUntil(phase: string, stepMs: number): Promise<void> {
  const read = async (): Promise<string> => {
    const found = (await tab.status()).phase;
    if (found !== phase) await tab.skip(stepMs);
    return found;
  };
  await expect.poll(read, { timeout: 30_000, interval: 50 }).toBe(phase);
}

describe("in a real Chromium, a client", () => {
  test("resumes from its checkpoint when its stream breaks", async () => {
    const { checkpoint } = await tab.status();
    world.proxy.requests.length = 0;
    world.proxy.cut();
    await flip();
    await tab.skip(2_000);
    await tab.untilFlag("a", true);
    expect(world.proxy.requests).toEqual([`${SYNC}/stream?since=${checkpoint}`]);
  });

  test("waits without a network, and resumes at once when it is back", async () => {
    await tab.setOffline(true);
    await tab.until({ phase: "offline", leader: false });
    await flip();
    await tab.setOffline(false);
    await tab.untilFlag("a", true);
    await tab.until({ phase: "live" });
  });

  test("finds a half-open connection by its silence", async () => {
    const streams = (): number => world.proxy.requests.filter((path) => path.includes("/stream")).length;
    world.proxy.stall(true);
    await flip();
    const before = streams();
    await tab.skip(STREAM_SILENCE_MS - 10_000);
    expect((await tab.status()).phase).toBe("live");
    expect(streams()).toBe(before);
    await tab.skip(10_000);
    await tab.skip(2_000);
    await expect.poll(streams).toBe(before + 1);
    expect(await tab.flag("a")).toBe(false);
    world.proxy.stall(false);
    world.proxy.cut();
    await skipUntil("live", 2_000);
    await tab.untilFlag("a", true);
  });

  test("polls behind a proxy that holds streams back, and streams again when it does not", async () => {
    world.proxy.buffer(true);
    world.proxy.cut();
    await skipUntil("offline", REQUEST_TIMEOUT_MS);
    await skipUntil("polling", REQUEST_TIMEOUT_MS);
    await flip();
    const seen = async (): Promise<unknown> => {
      await tab.skip(REQUEST_TIMEOUT_MS);
      return tab.flag("a");
    };
    await expect.poll(seen, { timeout: 20_000, interval: 200 }).toBe(true);
    expect((await tab.status()).phase).toBe("polling");
    world.proxy.buffer(false);
    const before = world.proxy.requests.length;
    await skipUntil("live", FALLBACK_POLL_MS);
    // It did not begin anew, but went on polling until its time had come.
    expect(world.proxy.requests.length - before).toBeLessThanOrEqual(POLLS_PER_TRY + 3);
  });

  test.each([
    ["a server that fails", answer(500, JSON_TYPE)],
    ["a gateway without a server", answer(502, { "content-type": "text/html" }, "<h1>Bad Gateway</h1>")],
    ["a route that is not there", answer(404, JSON_TYPE)],
    ["a portal's page", answer(200, { "content-type": "text/html" }, PORTAL)],
    ["a portal's page that calls itself JSON", answer(200, JSON_TYPE, PORTAL)],
    ["JSON of somebody else", answer(200, JSON_TYPE, `{"status":"ok","changes":[]}`)],
    [
      "a ruleset with a change that is none",
      answer(200, JSON_TYPE, `{"checkpoint":"x.1","hash":"0","more":false,"changes":[1]}`),
    ],
    ["a redirect to a portal", answer(302, { location: "/elsewhere" }, "")],
    ["a redirect to another host", answer(307, { location: "http://127.0.0.1:9/login" }, "")],
    ["a redirect in circles", (response, { url }) => void response.writeHead(302, { location: url ?? "" }).end()],
    [
      "an answer that breaks off",
      (response) => void response.writeHead(200, JSON_TYPE).write(`{"check`, () => response.destroy()),
    ],
    ["a connection that is refused", (response) => void response.destroy()],
  ] as [string, ProxyFault][])("keeps what it has against %s, and goes on afterwards", async (_name, fault) => {
    await flip();
    await tab.untilFlag("a", true);
    const { checkpoint } = await tab.status();
    fail(fault);
    await skipUntil("offline", 2_000);
    expect(await tab.status()).toMatchObject({ checkpoint, store: "idb", leader: true });
    expect(await tab.flag("a")).toBe(true);
    // And so does what is stored.
    const second = await world.tab(profile);
    await second.untilFlag("a", true);
    expect((await second.status()).checkpoint).toBe(checkpoint);
    await second.close();
    await tab.activate();
    world.proxy.requests.length = 0;
    const retries = async (): Promise<number> => {
      await tab.skip(MAX_BACKOFF_MS);
      return world.proxy.requests.length;
    };
    await expect.poll(retries).toBeGreaterThan(1);
    mend();
    await world.server.flags.update("a", { defaultValue: false });
    await skipUntil("live", MAX_BACKOFF_MS);
    await tab.untilFlag("a", false);
  });

  test.each([401, 403])("stops at a %d, keeps what it has, and goes on after a refetch", async (status) => {
    await flip();
    await tab.untilFlag("a", true);
    fail(answer(status, JSON_TYPE));
    await skipUntil("stopped", 2_000);
    world.proxy.requests.length = 0;
    await tab.skip(600_000);
    const second = await world.tab(profile);
    await second.untilFlag("a", true);
    expect(world.proxy.requests).toEqual([]);
    expect(await tab.flag("a")).toBe(true);
    await second.close();
    mend();
    await tab.evaluate("clientPage.rl.refetch()");
    await tab.until({ phase: "live" });
  });

  test.each([
    ["seconds", () => "60"],
    ["a date", (now: number) => new Date(now + 61_000).toUTCString()],
  ])("comes back when a Retry-After in %s says so, and not before", async (_name, retryAfter) => {
    const now = await tab.evaluate<number>("Date.now()");
    fail(answer(503, { ...JSON_TYPE, "retry-after": retryAfter(now) }));
    await skipUntil("offline", 1_000);
    mend();
    world.proxy.requests.length = 0;
    await tab.skip(40_000);
    await tab.setOffline(true);
    await tab.until({ leader: false });
    await tab.setOffline(false);
    await tab.until({ leader: true, phase: "offline" });
    expect(world.proxy.requests).toEqual([]);
    await tab.skip(25_000);
    await tab.until({ phase: "live" });
  });
});
