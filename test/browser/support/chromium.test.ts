import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import { openChromium } from "../../support/chromium";

describe("a test browser", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openChromium();
  });
  afterAll(() => browser.close());

  it("has what replicas in tabs need: IndexedDB, Web Locks and BroadcastChannel", async () => {
    const page = await browser.newPage();
    await page.route("http://localhost/", (route) => route.fulfill({ contentType: "text/html", body: "<title>here</title>" }));
    await page.goto("http://localhost/");
    expect(await page.evaluate("[typeof indexedDB, typeof navigator.locks, typeof BroadcastChannel]")).toEqual([
      "object",
      "object",
      "function",
    ]);
  });

  it("has fonts, without which a Chromium may die of a text field", async () => {
    const page = await browser.newPage();
    await page.setContent("<input value='some text'>");
    expect(await page.locator("input").evaluate((input) => input.getBoundingClientRect().height)).toBeGreaterThan(0);
  });
});
