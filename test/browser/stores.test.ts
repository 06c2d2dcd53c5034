import { randomUUID } from "node:crypto";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { flagChange, localStoreContract } from "../contracts/local-store";
import { event } from "../contracts/outbox-entries";
import { openChromium } from "../support/chromium";
import { bundlePage, openRemoteStore, openTab } from "./support/remote-store";

const freshName = (): string => `s${randomUUID()}`;

let browser: Browser;
beforeAll(async () => {
  browser = await openChromium();
});
afterAll(() => browser?.close());

describe.each(["idb", "dexie", "rxdb"])("in a real Chromium, %s", (kind) => {
  let context: BrowserContext;
  let script: string;
  let first: Page;
  let second: Page;
  beforeAll(async () => {
    script = await bundlePage(kind);
    context = await browser.newContext();
    [first, second] = [await openTab(context, script), await openTab(context, script)];
  });
  afterAll(() => context?.close());

  // Another instance over the same data is another tab's.
  localStoreContract(kind, () => {
    const name = freshName();
    return { open: () => openRemoteStore(first, kind, name), another: () => openRemoteStore(second, kind, name), shares: true };
  });

  it("loses no write of two tabs that write at once", async () => {
    const name = freshName();
    const stores = [await openRemoteStore(first, kind, name), await openRemoteStore(second, kind, name)];
    await Promise.all(stores.map((store) => store.load()));
    await Promise.all(Array.from({ length: 160 }, (_, i) => stores[i % 2]!.enqueue([event(i)], 1_000)));
    for (const store of stores) {
      expect(await store.pending()).toBe(160);
      expect((await store.peek(1_000)).map(({ id }) => id).sort()).toEqual(Array.from({ length: 160 }, (_, i) => event(i).id));
    }
  });

  it("shows to the next tab a whole change, whenever a tab is closed while it writes", async () => {
    const name = freshName();
    const reader = await openRemoteStore(second, kind, name);
    for (let round = 0; round < 5; round++) {
      const tab = await openTab(context, script);
      const writer = await openRemoteStore(tab, kind, name);
      await writer.load();
      const write = (seq: number): Promise<void> => {
        const changes = ["a", "b", "c"].map((key) => flagChange(key, seq));
        return writer.apply({ checkpoint: `e.${seq}`, hash: `h${seq}`, changes, reset: true });
      };
      const until = Date.now() + 40 * round;
      let seq = round * 10_000;
      do await write(++seq);
      while (Date.now() < until);
      // Closed without waiting for this one.
      write(seq + 1).catch(() => undefined);
      await tab.close();
      const { ruleset } = await reader.load();
      const seqs = ruleset?.changes.map(({ seq }) => seq) ?? [];
      expect(new Set(seqs).size).toBe(1);
      expect(seqs).toHaveLength(3);
      expect(ruleset?.checkpoint).toBe(`e.${seqs[0]}`);
      expect(ruleset?.hash).toBe(`h${seqs[0]}`);
      expect(seqs[0]).toBeGreaterThanOrEqual(seq);
    }
  });
});
