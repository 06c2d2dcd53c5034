import { createMemoryAdapter } from "rollease/db/memory";
import { expect, it, vi } from "vitest";
import type { WebhookConfig } from "../../../src/server/config-types";
import { openRollease } from "../open-rollease";
import { later, openReceiver } from "./receiver";

const plain = { type: "boolean", defaultValue: false } as const;

it("waits for what is under way, and leaves the rest to the next server", async () => {
  const { promise, resolve } = later<number>();
  const receiver = await openReceiver((_, index) => (index === 0 ? promise : 200));
  const db = createMemoryAdapter();
  const shared = { ...db, close: () => Promise.resolve() };
  const rl = openRollease({ db: shared, webhooks: [{ url: receiver.url }] });
  await rl.flags.create({ ...plain, key: "f" });
  await rl.flags.kill("f");
  await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
  const closing = rl.close();
  setTimeout(() => resolve(200), 100);
  await closing;
  expect(receiver.calls).toHaveLength(1);
  openRollease({ db: shared, webhooks: [{ url: receiver.url }] });
  await vi.waitFor(() => expect(receiver.calls).toHaveLength(2));
  expect(receiver.calls.map(({ payload }) => payload.event)).toEqual(["flag.create", "flag.kill"]);
});

it("gives who does not answer three seconds, and takes nothing out of the queue, nor hands it to the dlq", async () => {
  const receiver = await openReceiver(() => new Promise(() => undefined));
  const db = createMemoryAdapter();
  const shared = { ...db, close: () => Promise.resolve() };
  const dlq = vi.fn<NonNullable<WebhookConfig["dlq"]>>();
  const rl = openRollease({ db: shared, webhooks: [{ url: receiver.url, dlq, retry: { attempts: 1 } }] });
  await rl.flags.create({ ...plain, key: "f" });
  await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
  const before = Date.now();
  await rl.close();
  expect(Date.now() - before).toBeGreaterThan(2_500);
  expect(Date.now() - before).toBeLessThan(4_500);
  expect(dlq).not.toHaveBeenCalled();
  const far = "9000-01-01T00:00:00.000Z";
  const left = await db.claimWebhookCalls({ urls: [receiver.url], now: far, until: far, limit: 10 });
  expect(left).toMatchObject([{ event: "flag.create", attempts: 0 }]);
}, 10_000);
