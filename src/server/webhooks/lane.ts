import { within } from "../../replica/within";
import type { Settings } from "../config";
import type { WebhookConfig } from "../config-types";
import { type Deliver, DLQ_MS } from "./deliver";
import { ANSWER_MS } from "./post";

/** How often the queue is looked at unasked: for what a server that died has left, or another has put there. */
const POLL_MS = 5_000;
/**
 * A claim outlasts what a call takes at most: its answer, its `dlq`, and as much again for the database and for clocks that
 * differ from server to server. Where it does not, a call is made twice, under one id.
 */
const LEASE_MS = ANSWER_MS + DLQ_MS + 10_000;
/** How long `close` waits for calls under way. */
const GRACE_MS = 3_000;
/** Timers may come a little early. */
const EARLY_MS = 5;

export interface LaneOptions {
  readonly settings: Pick<Settings, "db" | "clock" | "log">;
  readonly url: string;
  /** Who says how an event is told there. */
  webhookFor(event: string): WebhookConfig;
  /** How many calls are under way at a time. */
  readonly limit: number;
  readonly deliver: Deliver;
}

/** Makes the calls to one url: side by side, but for those about one subject. */
export interface Lane {
  /** There may be something to do. */
  wake(): void;
  /** Claims nothing more, and gives what is under way a little time. What is not done by then stays in the queue. */
  close(): Promise<void>;
}

export function createLane({ settings, url, webhookFor, limit, deliver }: LaneOptions): Lane {
  const { db, clock, log } = settings;
  const underWay = new Set<Promise<void>>();
  const ending = new AbortController();
  const timers = new Set<() => void>();
  let claiming = Promise.resolve();
  let busy = false;
  let asked = false;
  let closed = false;
  let away = false;

  function wake(): void {
    asked = true;
    if (!busy) claiming = claim();
  }

  /** One claim at a time. What asks for one while it runs gets one that begins after it. */
  async function claim(): Promise<void> {
    busy = true;
    while (asked && !closed && underWay.size < limit) {
      asked = false;
      const now = clock.now();
      const until = new Date(now + LEASE_MS).toISOString();
      try {
        const room = limit - underWay.size;
        const calls = await db.claimWebhookCalls({ urls: [url], now: new Date(now).toISOString(), until, limit: room });
        for (const call of calls) start(call);
        away = false;
      } catch (error) {
        // Once an outage: the next look comes in any case.
        if (!away && !closed) log("warn", "The queue of webhook calls cannot be read; they wait.", { error });
        away = true;
      }
    }
    busy = false;
  }

  function start(call: Parameters<Deliver>[0]["call"]): void {
    const work = deliver({ call, webhook: webhookFor(call.event), signal: ending.signal })
      .then((againInMs) => againInMs !== undefined && wakeIn(againInMs + EARLY_MS))
      .catch((error: unknown) => {
        log("warn", "What became of a webhook call cannot be written down; it may be made twice.", { event: call.event, error });
      })
      .then(() => {
        underWay.delete(work);
        wake();
      });
    underWay.add(work);
  }

  function wakeIn(delayMs: number, then?: () => void): void {
    if (closed) return;
    const cancel = clock.setTimer(() => {
      timers.delete(cancel);
      wake();
      then?.();
    }, delayMs);
    timers.add(cancel);
  }

  function poll(): void {
    wakeIn(POLL_MS, poll);
  }

  const settled = async (): Promise<void> => {
    await claiming;
    await Promise.all(underWay);
  };

  wake();
  poll();
  return {
    wake,
    async close() {
      closed = true;
      for (const cancel of timers) cancel();
      await within(clock, GRACE_MS, settled());
      ending.abort();
      await within(clock, GRACE_MS, settled());
    },
  };
}
