import { createRollease } from "rollease";
import { createPgliteAdapter } from "rollease/db/pglite";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openChromium } from "../support/chromium";
import { startCountingProxy, type CountingProxy } from "../support/counting-proxy";
import { startDemo, type RunningDemo } from "./support/start-demo";

// One story, told in order: each test goes on where the one before it ended.
describe("the demo in two tabs of one Chromium", () => {
  let demo: RunningDemo;
  let proxy: CountingProxy;
  let browser: Browser;
  let context: BrowserContext;
  let first: Page;
  let second: Page;
  let guest: string;

  beforeAll(async () => {
    demo = await startDemo();
    proxy = await startCountingProxy(demo.url, "/api/rollease/sync/stream");
    browser = await openChromium();
    context = await browser.newContext();
    [first, second] = [await context.newPage(), await context.newPage()];
    for (const page of [first, second]) {
      page.setDefaultTimeout(15_000);
      await page.goto(proxy.url);
      await live(page);
    }
  });

  afterAll(async () => {
    await browser?.close();
    await proxy?.close();
    await demo?.remove();
  });

  test("hold one stream between them", async () => {
    await expect.poll(() => proxy.open()).toBe(1);
    expect([await leadership(first), await leadership(second)].sort()).toEqual(["follower", "leader"]);
  });

  test("a flip in one shows in the other within a second, without a reload", async () => {
    await second.evaluate(() => Object.assign(window, { sameDocument: true }));
    await expect.poll(() => valueOf(second, "chat-widget")).toBe("true");
    await patch("chat-widget/kill", "POST");
    await second.waitForSelector('[data-testid="flag-chat-widget"][data-value="false"][data-reason="kill_switch"]', {
      timeout: 1000,
    });
    await first.waitForSelector('[data-testid="flag-chat-widget"][data-value="false"]', { timeout: 1000 });
    expect(await second.evaluate(() => "sameDocument" in window)).toBe(true);
  });

  test("the other takes over within two seconds when the leading tab is closed", async () => {
    const [leader, follower] = (await leadership(first)) === "leader" ? [first, second] : [second, first];
    await leader.close();
    await follower.waitForSelector('[data-testid="sync-leader"]:text-is("leader")', { timeout: 2000 });
    await expect.poll(() => proxy.open(), { timeout: 2000 }).toBe(1);
    first = follower;
    second = await context.newPage();
    second.setDefaultTimeout(15_000);
    await second.goto(proxy.url);
    await live(second);
  });

  test("both go on when the server is killed, and a reload paints the last values first", async () => {
    await patch("max-items", "PATCH", { defaultValue: 3 });
    await Promise.all([first, second].map((page) => page.waitForSelector('[data-testid="flag-max-items"][data-value="3"]')));
    await fetch(`${proxy.url}/__demo/server/kill`, { method: "POST" });
    for (const page of [first, second]) {
      await page.waitForSelector('[data-testid="sync-phase"]:text-is("offline")', { timeout: 30_000 });
      expect(await valueOf(page, "max-items")).toBe("3");
    }
    await second.addInitScript(recordFirstPaint);
    await second.reload();
    await second.waitForSelector('[data-testid="flag-max-items"]');
    expect(await second.evaluate(() => (window as unknown as { firstPaint: unknown }).firstPaint)).toEqual({
      items: "3",
      chat: "kill_switch",
    });
  });

  test("a new user gets a variant while the server is dead, and keeps it", async () => {
    await first.click('[data-testid="persona-new"]');
    guest = (await first.textContent('[data-testid="visitor-id"]')) ?? "";
    expect(guest).toMatch(/^guest-/);
    const variant = await first.getAttribute('[data-testid="shop-pricing"]', "data-variant");
    expect(["control", "treatment_a", "treatment_b"]).toContain(variant);
    await first.waitForSelector('[data-testid="flag-pricing-experiment"][data-reason="assignment"]');
    expect(Number(await first.textContent('[data-testid="sync-pending"]'))).toBeGreaterThan(0);
    await first.reload();
    await first.waitForSelector(`[data-testid="shop-pricing"][data-variant="${variant}"]`);
  });

  test("what changed while it was dead arrives when the server is back, and the outbox arrives once", async () => {
    await whileServerIsDead(demo.dataDir, async (flags) => {
      await flags.update("max-items", { defaultValue: 5 });
    });
    await fetch(`${proxy.url}/__demo/server/start`, { method: "POST" });
    for (const page of [first, second]) {
      await page.waitForSelector('[data-testid="flag-max-items"][data-value="5"]', { timeout: 45_000 });
      await page.waitForSelector('[data-testid="sync-pending"]:text-is("0")', { timeout: 45_000 });
    }
    const variant = await first.getAttribute('[data-testid="shop-pricing"]', "data-variant");
    await first.close();
    await second.close();
    await demo.end();

    await whileServerIsDead(demo.dataDir, async (flags) => {
      expect((await flags.getUserAssignments(guest))["pricing-experiment"]).toBe(variant);
      const impressions = (await flags.listImpressions({ userId: guest, flagKey: "pricing-experiment" })) as {
        variantKey: string;
      }[];
      // One for each session that showed it: before the reload while the server was dead, and after.
      expect(impressions).toHaveLength(2);
      for (const each of impressions) expect(each.variantKey).toBe(variant);
    });
  });

  async function patch(path: string, method: string, body?: unknown): Promise<void> {
    const response = await fetch(`${proxy.url}/api/rollease/admin/flags/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    expect(response.status, await response.text()).toBeLessThan(300);
  }
});

/** What the page shows at its very first paint, before any frame of its own could mend it. */
function recordFirstPaint(): void {
  const observer = new MutationObserver(() => {
    const card = document.querySelector('[data-testid="flag-max-items"]');
    if (!card) return;
    observer.disconnect();
    const chat = document.querySelector('[data-testid="flag-chat-widget"]')?.getAttribute("data-reason");
    Object.assign(window, { firstPaint: { items: card.getAttribute("data-value"), chat } });
  });
  observer.observe(document, { childList: true, subtree: true });
}

async function live(page: Page): Promise<void> {
  await page.waitForSelector('[data-testid="sync-phase"]:text-is("live")', { timeout: 30_000 });
}

async function leadership(page: Page): Promise<string | null> {
  return page.textContent('[data-testid="sync-leader"]');
}

async function valueOf(page: Page, key: string): Promise<string | null> {
  return page.getAttribute(`[data-testid="flag-${key}"]`, "data-value");
}

/** Opens the demo's database, which nobody else has open then. */
async function whileServerIsDead(
  dataDir: string,
  work: (flags: ReturnType<typeof createRollease>["flags"]) => Promise<void>,
): Promise<void> {
  const rl = createRollease({ db: createPgliteAdapter({ dataDir }), secret: "reads the demo's database" });
  try {
    await rl.ready();
    await work(rl.flags);
  } finally {
    await rl.close();
  }
}
