import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { SyncStatus } from "../../src/client";
import { openChromium } from "../support/chromium";
import { createFakeSyncServer, type FakeSyncServer } from "../support/fake-sync-server";
import { createManualClock } from "../support/manual-clock";
import { bundlePage } from "./support/remote-store";
import type { FaultsPage } from "./support/pages/faults-page";

const ORIGIN = "http://flags.test";

let browser: Browser;
let script: string;
beforeAll(async () => {
  [browser, script] = await Promise.all([openChromium(), bundlePage("faults")]);
});
afterAll(() => browser?.close());

let context: BrowserContext;
let page: Page;
let devtools: CDPSession;
let server: FakeSyncServer;
beforeEach(async () => {
  server = createFakeSyncServer(createManualClock());
  server.commit([{ key: "a", type: "json", defaultValue: 1 }]);
  context = await browser.newContext();
  // Playwright answers in one piece, so there is no stream: the client polls.
  await context.route("**/sync/stream*", (route) => route.abort());
  await context.route("**/api/rollease/sync/{pull,push,assignments}*", async (route) => {
    const request = route.request();
    const body = request.postData();
    const init = { method: request.method(), headers: request.headers(), ...(body !== null && { body }) };
    const response = await server.fetch(request.url(), init);
    await route.fulfill({ status: response.status, contentType: "application/json", body: await response.text() });
  });
  page = await openPage();
  devtools = await context.newCDPSession(page);
});
afterEach(() => context?.close());

async function openPage(headers: Readonly<Record<string, string>> = {}, before?: string): Promise<Page> {
  const opened = await context.newPage();
  if (before) await opened.addInitScript(before);
  await opened.route(`${ORIGIN}/`, (route) =>
    route.fulfill({ contentType: "text/html", headers, body: "<title>faults</title>" }),
  );
  await opened.goto(`${ORIGIN}/`);
  await opened.addScriptTag({ content: script });
  return opened;
}

const inPage = <T>(of: Page, run: (page: FaultsPage) => T | Promise<T>): Promise<T> =>
  of.evaluate<T>(`(${String(run)})(globalThis.faultsPage)`);
const statusOf = (of = page): Promise<SyncStatus> => inPage(of, (faults) => faults.status());
const errorsOf = (of = page): Promise<readonly string[]> => inPage(of, (faults) => faults.errors());
const flagsOf = (): Promise<unknown> => inPage(page, (faults) => faults.flags());

/** A client that has stored what the server had. */
async function start(): Promise<void> {
  await inPage(page, (faults) => faults.start());
  expect(await flagsOf()).toEqual({ a: 1 });
  await expect.poll(stored).toBe("e1.1");
  expect(await statusOf()).toMatchObject({ store: "idb" });
}

/** What another tab finds in the database. */
function stored(): Promise<unknown> {
  return inPage(page, (faults) => faults.stored());
}

async function change(value: string | number): Promise<void> {
  server.commit([{ key: "a", type: "json", defaultValue: value }]);
  await inPage(page, (faults) => faults.refetch());
  expect(await flagsOf()).toEqual({ a: value });
}

/** The next load, without a server. */
async function expectKept(value: unknown, checkpoint: string): Promise<void> {
  await expect.poll(stored).toBe(checkpoint);
  await page.close();
  server.faults.set("", () => Response.error());
  await context.unrouteAll();
  await context.route("**/api/**", (route) => route.abort());
  page = await openPage();
  await inPage(page, (faults) => faults.start());
  expect(await flagsOf()).toEqual({ a: value });
  expect(await statusOf()).toMatchObject({ store: "idb", checkpoint });
}

describe("in a real Chromium, a client", () => {
  it("goes on in memory where the origin's quota is used up, and back when there is room", async () => {
    // Before anything is written: how much room there is, the browser asks itself every now and then.
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: ORIGIN, quotaSize: 2_000_000 });
    await start();
    await change("x".repeat(3_000_000));
    await expect.poll(async () => (await statusOf()).store).toBe("memory");
    expect(await errorsOf()).toContainEqual(expect.stringMatching(/Quota/));
    await change(2);
    await devtools.send("Storage.overrideQuotaForOrigin", { origin: ORIGIN });
    await expect.poll(async () => (await statusOf()).store, { timeout: 60_000, interval: 500 }).toBe("idb");
    await expectKept(2, "e1.3");
  });

  it("opens its store again and fills it where the browser evicts it", async () => {
    await start();
    await devtools.send("Storage.clearDataForOrigin", { origin: ORIGIN, storageTypes: "indexeddb" });
    await change(2);
    await expect.poll(errorsOf).toContainEqual(expect.stringMatching(/closed|lost/));
    expect(await statusOf()).toMatchObject({ store: "idb" });
    await expectKept(2, "e1.2");
  });

  it("opens its store again and fills it where somebody deletes the database", async () => {
    await start();
    await inPage(page, (faults) => faults.deleteDatabase());
    await change(2);
    await expect.poll(errorsOf).toContainEqual(expect.stringMatching(/closed|lost/));
    expect(await statusOf()).toMatchObject({ store: "idb" });
    await expectKept(2, "e1.2");
  });

  it("makes way for a tab with a newer version, and goes on in memory", async () => {
    await start();
    await inPage(page, (faults) => faults.upgradeDatabase());
    await change(2);
    await expect.poll(async () => (await statusOf()).store).toBe("memory");
    expect(await errorsOf()).toContainEqual(expect.stringMatching(/newer version/));
    await change(3);
  });

  it("starts in memory on a database of a newer version, and where a tab does not make way", async () => {
    for (const spoil of [(faults: FaultsPage) => faults.upgradeDatabase(), (faults: FaultsPage) => faults.blockDatabase()]) {
      const other = await openPage();
      await inPage(other, spoil);
      await inPage(page, (faults) => faults.start());
      await expect.poll(flagsOf).toEqual({ a: 1 });
      await expect.poll(async () => (await statusOf()).store).toBe("memory");
      expect(await errorsOf()).toContainEqual(expect.stringMatching(/newer version|no answer in time/));
      await page.close();
      await other.close();
      await inPage((page = await openPage()), (faults) => faults.deleteDatabase());
    }
  });

  it("heals what was made garbage", async () => {
    await start();
    await inPage(page, (faults) => faults.spoilRecords());
    await page.close();
    page = await openPage();
    await inPage(page, (faults) => faults.start());
    await expect.poll(async () => [await flagsOf(), (await statusOf()).phase]).toEqual([{ a: 1 }, "polling"]);
    expect(await errorsOf()).toContainEqual(expect.stringMatching(/hash/));
    await change(2);
    await expectKept(2, "e1.2");
  });

  it.each([
    [
      "missing",
      {},
      "delete globalThis.indexedDB; delete Object.getPrototypeOf(globalThis).indexedDB; delete Window.prototype.indexedDB;",
    ],
    ["refused, as in a sandbox", { "content-security-policy": "sandbox allow-scripts" }, undefined],
  ] as const)("evaluates what its page came with where IndexedDB is %s", async (_, headers, before) => {
    const sandboxed = await openPage(headers, before);
    // At once: the server, which knows of no such flag, is not away.
    const first = await inPage(sandboxed, (faults) => faults.start({ bootstrapped: true }));
    expect(first).toMatchObject({ fromPage: true });
    await expect.poll(async () => (await statusOf(sandboxed)).store).toBe("memory");
  });
});
