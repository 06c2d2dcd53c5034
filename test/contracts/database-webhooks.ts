import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { ClaimOptions, DatabaseAdapter, WebhookCall } from "../../src/ports/database-adapter";

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();
const call = (url: string, subject: string, event = "flag.update"): Omit<WebhookCall, "id" | "attempts"> => ({
  url,
  event,
  subject,
  body: JSON.stringify({ subject, text: 'ü " \\' }),
  createdAt: at(0),
});

/** `useTwo`: two servers on one database. */
export function databaseWebhooksContract(
  use: () => DatabaseAdapter,
  useTwo: () => readonly [DatabaseAdapter, DatabaseAdapter],
): void {
  const add = (...calls: Omit<WebhookCall, "id" | "attempts">[]): Promise<void> =>
    use().transaction((tx) => tx.addWebhookCalls(calls));
  const claim = (url: string, now: number, options: Partial<ClaimOptions> = {}): Promise<readonly WebhookCall[]> =>
    use().claimWebhookCalls({ urls: [url], now: at(now), until: at(now + 10), limit: 100, ...options });
  const events = (calls: readonly WebhookCall[]): string[] => calls.map(({ event }) => event);
  const idOf = ([first]: readonly WebhookCall[]): number => (first as WebhookCall).id;

  describe("the queue of webhook calls", () => {
    it("gives back what was queued, with no attempt made", async () => {
      await add(call("https://plain", "f"));
      expect(await claim("https://plain", 0)).toEqual([
        { ...call("https://plain", "f"), id: expect.any(Number) as number, attempts: 0 },
      ]);
    });

    it("queues nothing for a transaction that fails, and takes an empty list", async () => {
      const failing = use().transaction(async (tx) => {
        await tx.addWebhookCalls([]);
        await tx.addWebhookCalls([call("https://never", "f")]);
        throw new RangeError("no");
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await claim("https://never", 0)).toEqual([]);
    });

    it("hands out the oldest call of each url and subject, in order, as many as asked for", async () => {
      const [a, b] = ["https://heads/a", "https://heads/b"];
      await add(call(a, "f", "1"), call(b, "f", "2"), call(a, "f", "3"), call(a, "g", "4"), call(b, "f", "5"));
      expect(events(await claim(a, 0, { urls: [b, a], limit: 2 }))).toEqual(["1", "2"]);
      expect(events(await claim(a, 0, { urls: [b, a] }))).toEqual(["4"]);
      expect(await claim(a, 0, { urls: [] })).toEqual([]);
      expect(await claim(a, 20, { limit: 0 })).toEqual([]);
    });

    it("leaves a claimed call to its claimant until the moment that was named", async () => {
      const url = "https://claimed";
      await add(call(url, "f", "1"), call(url, "f", "2"));
      expect(events(await claim(url, 0))).toEqual(["1"]);
      expect(events(await claim(url, 9))).toEqual([]);
      expect(events(await claim(url, 10))).toEqual(["1"]);
    });

    it("goes on with the next call of a subject once the one before is out of the queue", async () => {
      const url = "https://finished";
      await add(call(url, "f", "1"), call(url, "f", "2"));
      const id = idOf(await claim(url, 0));
      await use().finishWebhookCall(id);
      await use().finishWebhookCall(id);
      expect(events(await claim(url, 0))).toEqual(["2"]);
    });

    it("holds up a subject, and no other, behind a call that waits to be tried again", async () => {
      const url = "https://retried";
      await add(call(url, "f", "1"), call(url, "f", "2"), call(url, "g", "3"));
      const id = idOf(await claim(url, 0, { limit: 1 }));
      await use().retryWebhookCall(id, at(100));
      expect(events(await claim(url, 99))).toEqual(["3"]);
      const [again] = await claim(url, 100);
      expect(again).toMatchObject({ id, event: "1", attempts: 1 });
      await use().retryWebhookCall(id, at(101));
      expect(await claim(url, 101)).toMatchObject([{ id, attempts: 2 }]);
    });

    it("takes no notice of a retry of a call that is out of the queue", async () => {
      const url = "https://late";
      await add(call(url, "f"));
      const id = idOf(await claim(url, 0));
      await use().finishWebhookCall(id);
      await use().retryWebhookCall(id, at(0));
      expect(await claim(url, 100)).toEqual([]);
    });

    it("never hands one call to two servers that claim at once", async () => {
      const url = "https://raced";
      await add(...Array.from({ length: 120 }, (_, i) => call(url, `s${i % 60}`, String(i))));
      const claims = Array.from({ length: 12 }, (_, i) =>
        (useTwo()[i % 2] as DatabaseAdapter).claimWebhookCalls({ urls: [url], now: at(0), until: at(10), limit: 10 }),
      );
      const claimed = (await Promise.all(claims)).flat();
      const rest = await claim(url, 0);
      const all = [...claimed, ...rest].map(({ event }) => Number(event));
      // Each subject's first call, once, whoever got it.
      expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i));
    });

    it("keeps the order of each url and subject, whatever fails and however many workers there are", async () => {
      const urls = ["https://order/a", "https://order/b"];
      const queued = Array.from({ length: 80 }, (_, i) => call(urls[i % 2] as string, `s${i % 5}`, String(i)));
      await add(...queued);
      const made = new Map<string, number[]>();
      const inWork = new Set<string>();
      let [left, time] = [queued.length, 0];
      const work = async (db: DatabaseAdapter, worker: number): Promise<void> => {
        for (let turn = worker; left > 0; turn++) {
          const now = ++time;
          for (const { id, url, subject, event } of await db.claimWebhookCalls({
            urls,
            now: at(now),
            until: at(1e6),
            limit: 3,
          })) {
            const lane = `${url} ${subject}`;
            expect(inWork.has(lane)).toBe(false);
            inWork.add(lane);
            await db.ping();
            inWork.delete(lane);
            if ((Number(event) + turn) % 3 === 0) await db.retryWebhookCall(id, at(now + 2));
            else {
              made.set(lane, [...(made.get(lane) ?? []), Number(event)]);
              left--;
              await db.finishWebhookCall(id);
            }
          }
        }
      };
      await Promise.all([0, 1, 2, 3].map((worker) => work(useTwo()[worker % 2] as DatabaseAdapter, worker)));
      expect(made.size).toBe(10);
      for (const order of made.values()) expect(order).toEqual([...order].sort((a, b) => a - b));
      expect([...made.values()].flat()).toHaveLength(queued.length);
    });

    it("hands out a call that was queued, but not yet committed, while the one before it was finished", async () => {
      const url = "https://overtaken";
      const [db, other] = useTwo();
      await add(call(url, "f", "1"));
      const id = idOf(await claim(url, 0));
      let finishing: Promise<void> | undefined;
      await db.transaction(async (tx) => {
        await tx.addWebhookCalls([call(url, "f", "2")]);
        finishing = other.finishWebhookCall(id);
        await sleep(200);
      });
      await finishing;
      expect(events(await claim(url, 0))).toEqual(["2"]);
    });

    it("loses no call that is queued while those before it are being finished", async () => {
      const url = "https://busy";
      const [writers, each] = [6, 10];
      const made: string[] = [];
      let writing = true;
      const work = async (db: DatabaseAdapter): Promise<void> => {
        for (let idle = false; writing || !idle;) {
          const calls = await db.claimWebhookCalls({ urls: [url], now: at(0), until: at(10), limit: 5 });
          idle = calls.length === 0;
          for (const { id, event } of calls) {
            made.push(event);
            await db.finishWebhookCall(id);
          }
        }
      };
      const write = async (writer: number): Promise<void> => {
        for (let n = 0; n < each; n++) {
          const subjects = n % 2 ? ["s1", "s2"] : ["s2", "s1"];
          const calls = subjects.map((subject) => call(url, subject, `${writer} ${subject} ${n}`));
          await (useTwo()[n % 2] as DatabaseAdapter).transaction((tx) => tx.addWebhookCalls(calls));
        }
      };
      const working = useTwo().map(work);
      await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
      writing = false;
      await Promise.all(working);
      await work(use());
      expect(made).toHaveLength(writers * each * 2);
      expect(new Set(made).size).toBe(made.length);
      // What one writer queued, one after the other, was made in that order.
      for (const event of made.filter((one) => one.endsWith(" 0"))) {
        const lane = event.slice(0, -1);
        expect(made.filter((one) => one.startsWith(lane))).toEqual(Array.from({ length: each }, (_, n) => `${lane}${n}`));
      }
    });
  });
}
