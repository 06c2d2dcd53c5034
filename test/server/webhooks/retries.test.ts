import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { DatabaseAdapter } from "../../../src/ports/database-adapter";
import type { RolleaseConfig, WebhookConfig } from "../../../src/server/config-types";
import { createManualClock, settle } from "../../support/manual-clock";
import { openRollease } from "../open-rollease";
import { later, openReceiver, type Receiver } from "./receiver";

const plain = { key: "f", type: "boolean", defaultValue: false } as const;
const calm = { attempts: 3, backoffMs: 1_000, jitter: false } as const;

/** A server on a clock that stands still, whose one change has been tried once. */
async function open(receiver: Pick<Receiver, "url">, webhook: Partial<WebhookConfig> = {}, config: Partial<RolleaseConfig> = {}) {
  const clock = createManualClock();
  const db = createMemoryAdapter();
  const retry = vi.spyOn(db, "retryWebhookCall");
  const rl = openRollease({ db, clock, webhooks: [{ url: receiver.url, retry: calm, ...webhook }], ...config });
  await rl.flags.create(plain);
  /** Waits until so many tries are written down as failed. */
  const failed = async (tries: number): Promise<void> => {
    await vi.waitFor(() => expect(retry).toHaveBeenCalledTimes(tries));
    await settle();
  };
  return { clock, db, rl, retry, failed };
}

/** What is still to be called, whoever has claimed it. */
async function queued(db: DatabaseAdapter, url: string): Promise<number> {
  const far = "9000-01-01T00:00:00.000Z";
  return (await db.claimWebhookCalls({ urls: [url], now: far, until: far, limit: 100 })).length;
}

describe("a call that fails", () => {
  it("is tried again, later each time, under the same id and signed anew, until it is taken", async () => {
    const receiver = await openReceiver((_, index) => [500, 404, 204][index] ?? 204);
    const { clock, db, failed } = await open(receiver);
    await failed(1);
    await clock.advance(999);
    expect(receiver.calls).toHaveLength(1);
    await clock.advance(10);
    await failed(2);
    await clock.advance(1_980);
    expect(receiver.calls).toHaveLength(2);
    await clock.advance(30);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(3));
    await vi.waitFor(async () => expect(await queued(db, receiver.url)).toBe(0));
    expect(new Set(receiver.calls.map(({ headers }) => headers["x-rollease-delivery"])).size).toBe(1);
    expect(new Set(receiver.calls.map(({ text }) => text)).size).toBe(1);
    const times = receiver.calls.map(({ headers }) => Number(/t=(\d+)/.exec(String(headers["x-rollease-signature"]))![1]));
    expect(times.map((time) => time - times[0]!)).toEqual([0, 1, 3]);
  });

  it("is given up after as many tries as were allowed, and handed over with what went wrong", async () => {
    const receiver = await openReceiver((_, index) => (index < 3 ? 503 : 204));
    const dlq = vi.fn<NonNullable<WebhookConfig["dlq"]>>();
    const { clock, db, rl, failed } = await open(receiver, { dlq });
    await rl.flags.kill("f");
    await failed(1);
    await clock.advance(1_010);
    await failed(2);
    expect(dlq).not.toHaveBeenCalled();
    await clock.advance(2_010);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(4));
    expect(dlq).toHaveBeenCalledExactlyOnceWith(receiver.calls[0]!.payload, expect.any(Error));
    expect(dlq.mock.calls[0]![1]).toMatchObject({ message: "The receiver answered 503.", status: 503 });
    // What came after it has waited, and is made now.
    expect(receiver.calls.map(({ payload }) => payload.event)).toEqual([...Array<string>(3).fill("flag.create"), "flag.kill"]);
    await vi.waitFor(async () => expect(await queued(db, receiver.url)).toBe(0));
  });

  it("waits for as long as it was told to, but not for longer than an hour", async () => {
    const asked = ["90", "99999999", new Date(Date.parse("2026-01-01T02:00:00Z")).toUTCString()];
    for (const [retryAfter, waitMs] of [
      [asked[0]!, 90_000],
      [asked[1]!, 3_600_000],
      [asked[2]!, 3_600_000],
      ["soon", 1_000],
    ] as const) {
      const receiver = await openReceiver(() => ({ status: 429, headers: { "retry-after": retryAfter } }));
      const { retry, failed } = await open(receiver);
      await failed(1);
      expect(Date.parse(retry.mock.calls[0]![1]) - Date.parse("2026-01-01T00:00:00Z")).toBe(waitMs);
    }
  });

  it.each([
    ["a redirect, which is not followed", 302],
    ["a redirect that keeps the method", 308],
    ["a refusal", 400],
    ["a receiver that is gone", 410],
  ])("may be one with %s", async (_, status) => {
    const other = await openReceiver();
    const receiver = await openReceiver(() => ({ status, headers: { location: other.url } }));
    const dlq = vi.fn<NonNullable<WebhookConfig["dlq"]>>();
    await open(receiver, { dlq, retry: { attempts: 1 } });
    await vi.waitFor(() => expect(dlq).toHaveBeenCalledOnce());
    expect(dlq.mock.calls[0]![1]).toMatchObject({ status });
    expect(other.calls).toHaveLength(0);
  });

  it("may be one that nobody answers: it ends after ten seconds", async () => {
    const receiver = await openReceiver(() => new Promise(() => undefined));
    const dlq = vi.fn<NonNullable<WebhookConfig["dlq"]>>();
    const { clock } = await open(receiver, { dlq, retry: { attempts: 1 } });
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(1));
    await clock.advance(9_999);
    expect(dlq).not.toHaveBeenCalled();
    await clock.advance(1);
    await vi.waitFor(() => expect(dlq).toHaveBeenCalledOnce());
    expect(dlq.mock.calls[0]![1].message).toContain("10000 ms");
    expect(receiver.calls).toHaveLength(1);
  });

  it("may be one that reaches nobody, or gets no HTTP back", async () => {
    const rude = createServer((socket) => socket.end("no HTTP\r\n\r\n"));
    await new Promise<void>((resolve) => rude.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void rude.close());
    const { port } = rude.address() as AddressInfo;
    for (const url of [`http://127.0.0.1:${port}/`, "http://127.0.0.1:1/"]) {
      const dlq = vi.fn<NonNullable<WebhookConfig["dlq"]>>();
      await open({ url }, { dlq, retry: { attempts: 1 } });
      await vi.waitFor(() => expect(dlq).toHaveBeenCalledOnce());
      expect(dlq.mock.calls[0]![1]).toMatchObject({
        message: "The receiver cannot be reached.",
        cause: expect.any(Error) as Error,
      });
    }
  });

  it("does not hold up the change that it tells of, nor the next", async () => {
    const { promise, resolve } = later<number>();
    const receiver = await openReceiver(() => promise);
    const { rl } = await open(receiver);
    await rl.flags.kill("f");
    await rl.flags.restore("f");
    expect((await rl.flags.get("f")).version).toBe(3);
    resolve(204);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(3));
  });
});

describe("an answer", () => {
  it("is not read: its status is all that counts", async () => {
    let sent = 0;
    const ended = later<boolean>();
    const endless = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("close", ended.resolve);
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n");
        const chunk = "x".repeat(65_536);
        const more = (): void => {
          while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
        };
        socket.on("drain", more);
        more();
      });
    });
    await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void endless.close());
    const url = `http://127.0.0.1:${(endless.address() as AddressInfo).port}/`;
    const { db } = await open({ url });
    const finish = vi.spyOn(db, "finishWebhookCall");
    await vi.waitFor(() => expect(finish).toHaveBeenCalledOnce());
    await ended.promise;
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });
});

describe("a dlq that fails", () => {
  it("is asked again each minute, with a last try before, and keeps what comes after waiting", async () => {
    const receiver = await openReceiver((_, index) => (index < 2 ? 500 : 204));
    const sink = vi.fn();
    const dlq = vi.fn(() => Promise.reject(new Error("the dlq is full")));
    const retry = { attempts: 1 };
    const { clock, db, rl, failed } = await open(receiver, { dlq, retry }, { logging: { sink } });
    await failed(1);
    await rl.flags.kill("f");
    await clock.advance(59_000);
    expect(receiver.calls).toHaveLength(1);
    await clock.advance(1_100);
    await failed(2);
    await clock.advance(60_100);
    await vi.waitFor(() => expect(receiver.calls).toHaveLength(4));
    expect(receiver.calls.map(({ payload }) => payload.event)).toEqual([...Array<string>(3).fill("flag.create"), "flag.kill"]);
    expect(dlq).toHaveBeenCalledTimes(2);
    await vi.waitFor(async () => expect(await queued(db, receiver.url)).toBe(0));
    const told = sink.mock.calls.filter(([, message]) => String(message).includes("the call is kept"));
    expect(told).toHaveLength(2);
    expect(told[0]![2]).toMatchObject({ failure: { message: "the dlq is full" }, subject: "flag:f", tries: 1 });
  });

  it("loses the call after a day, and says so", async () => {
    const receiver = await openReceiver(() => 500);
    const sink = vi.fn();
    const dlq = vi.fn((): void => {
      throw new Error("the dlq is broken");
    });
    const db = createMemoryAdapter();
    const at = "2026-01-01T00:00:00.000Z";
    const call = { url: receiver.url, event: "flag.kill", body: `{"id":"e"}`, createdAt: at };
    await db.transaction((tx) =>
      tx.addWebhookCalls([
        { ...call, subject: "flag:kept" },
        { ...call, subject: "flag:lost" },
      ]),
    );
    for (let minute = 0; minute < 1_440; minute++) {
      if (minute > 0) await db.retryWebhookCall(1, at);
      await db.retryWebhookCall(2, at);
    }
    const webhooks = [{ url: receiver.url, dlq, retry: { attempts: 1 } }];
    openRollease({ db, clock: createManualClock(), webhooks, logging: { sink } });
    const told = (fate: string): unknown[] =>
      sink.mock.calls.flatMap(([, message, meta]) =>
        String(message).includes(fate) ? [(meta as { subject: string }).subject] : [],
      );
    await vi.waitFor(() => expect([told("is kept"), told("is lost")]).toEqual([["flag:kept"], ["flag:lost"]]));
    await vi.waitFor(async () => expect(await queued(db, receiver.url)).toBe(1));
  });

  it("has failed when it takes longer than ten seconds", async () => {
    const receiver = await openReceiver(() => 500);
    const sink = vi.fn();
    const dlq = vi.fn(() => new Promise<void>(() => undefined));
    const { clock } = await open(receiver, { dlq, retry: { attempts: 1 } }, { logging: { sink } });
    await vi.waitFor(() => expect(dlq).toHaveBeenCalledOnce());
    await clock.advance(10_000);
    await vi.waitFor(() =>
      expect(sink).toHaveBeenCalledWith("error", expect.stringContaining("the call is kept"), expect.anything()),
    );
  });
});

describe("the log", () => {
  it("names the host and no more of an address, because the rest may be a secret", async () => {
    const receiver = await openReceiver(() => 500);
    const sink = vi.fn();
    const url = receiver.url.replace("/hook", "/services/T0/B0/s3cret?token=s3cret");
    await open({ url }, { retry: { attempts: 1 } }, { logging: { sink, level: "debug" } });
    await vi.waitFor(() => expect(sink).toHaveBeenCalledWith("error", "A webhook call is given up.", expect.anything()));
    expect(JSON.stringify(sink.mock.calls)).not.toContain("s3cret");
    expect(sink.mock.calls.at(-1)![2]).toMatchObject({ host: new URL(url).host, event: "flag.create", tries: 1 });
  });
});
