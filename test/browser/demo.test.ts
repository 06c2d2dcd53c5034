import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChromium } from "../support/chromium";
import { panelStates } from "./support/panel-states";
import { startDemo, type RunningDemo } from "./support/start-demo";

/** Pictures of the panel, to be looked at; nothing is compared with them. */
const PICTURES = fileURLToPath(new URL("../.tmp/demo-panel/", import.meta.url));

/** Every address that the browser has a copy of. */
const kept = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const caches = await Promise.all((await globalThis.caches.keys()).map((name) => globalThis.caches.open(name)));
    const requests = await Promise.all(caches.map((cache) => cache.keys()));
    return requests.flat().map(({ url }) => new URL(url).pathname);
  });

let demo: RunningDemo;
let browser: Browser;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), openChromium(), mkdir(PICTURES, { recursive: true })]);
});
afterAll(async () => {
  await browser?.close();
  await demo?.remove();
});

describe("the demo's sync panel", () => {
  test.each(panelStates)("says what there is to say when it is $name", async ({ name, phase, trouble, store, before, after }) => {
    // Routes are the test's: a service worker's requests would pass them by.
    const context = await browser.newContext({ serviceWorkers: "block", viewport: { width: 1280, height: 800 } });
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      await before?.(page);
      await page.goto(demo.url);
      await after?.(page);
      await page.waitForSelector(`[data-testid="sync-phase"]:text-is("${phase}")`);
      await page.waitForSelector(`[data-testid="sync-store"]:text-is("${store}")`);
      const told = page.locator('[data-testid="sync-trouble"]');
      if (trouble) expect(await told.textContent()).toMatch(trouble);
      else expect(await told.count()).toBe(0);
      const section = page.locator('section[aria-labelledby="sync"]');
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await section.screenshot({ path: `${PICTURES}${name}-${colorScheme}.png` });
      }
      await page.setViewportSize({ width: 360, height: 740 });
      await page.click(".drawer-button");
      // Nothing sticks out, on a phone neither.
      expect(await section.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
      await section.screenshot({ path: `${PICTURES}${name}-phone.png` });
    } finally {
      await context.close();
    }
  });
});

// One story, told in order. At its end the demo is dead.
describe("the demo under its service worker", () => {
  let context: BrowserContext;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    ({ url } = demo);
    context = await browser.newContext();
    page = await context.newPage();
    await page.goto(url);
  });

  test("says when a new tab would open offline, and keeps every part of the page for it", async () => {
    await page.waitForSelector('[data-testid="sync-page"][data-value="kept"]', { timeout: 60_000 });
    const paths = await kept(page);
    expect(paths).toEqual(expect.arrayContaining(["/", "/main.tsx", "/styles/panel.css", "/shop/shop.tsx"]));
  });

  test("keeps no call to the sync server, however often the page has made them", async () => {
    await page.waitForSelector('[data-testid="sync-phase"]:text-is("live")', { timeout: 30_000 });
    const body = JSON.stringify({ defaultValue: 3 });
    const headers = { "content-type": "application/json" };
    await page.evaluate((init) => fetch("/api/rollease/admin/flags/max-items", init), { method: "PATCH", body, headers });
    await page.waitForSelector('[data-testid="flag-max-items"][data-value="3"]');
    // Under the worker from its first request on.
    await page.reload();
    await page.waitForSelector('[data-testid="sync-phase"]:text-is("live")', { timeout: 30_000 });
    expect(await page.evaluate(() => navigator.serviceWorker.controller?.scriptURL)).toBe(
      `${new URL(url).origin}/service-worker.ts`,
    );
    const asked = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname));
    expect(asked.filter((path) => /^\/(api\/rollease|__demo)\//.test(path)).length).toBeGreaterThan(0);
    expect((await kept(page)).filter((path) => /^\/(api|__demo)/.test(path))).toEqual([]);
  });

  test("opens in a new tab when everything is dead, with the last values of its flags", async () => {
    await demo.end("SIGKILL");
    await page.close();
    await expect(fetch(url)).rejects.toThrow();
    const tab = await context.newPage();
    const broken: string[] = [];
    tab.on("pageerror", (error) => broken.push(String(error)));
    await tab.goto(`${url}/?from=bookmark`);
    await tab.waitForSelector('[data-testid="flag-max-items"][data-value="3"]', { timeout: 30_000 });
    await tab.waitForSelector('[data-testid="sync-phase"]:text-is("offline")', { timeout: 30_000 });
    expect(await tab.getAttribute('[data-testid="sync-page"]', "data-value")).toBe("kept");
    // The style sheets are style sheets.
    expect(await tab.evaluate(() => getComputedStyle(document.querySelector(".panel")!).position)).toBe("sticky");
    expect(await tab.textContent('[data-testid="plug-server"]')).toBe("Out of reach");
    expect(broken).toEqual([]);
  });
});
