import { SyncError } from "../../errors";
import type { WebhookCall } from "../../ports/database-adapter";
import { METRICS } from "../../ports/metrics";
import { within } from "../../replica/within";
import { type Settings, toRetry } from "../config";
import type { WebhookConfig } from "../config-types";
import { retryDelayMs } from "../retry-delay";
import type { WebhookPayload } from "./payload";
import { post } from "./post";
import { signWebhook } from "./signature";

/** A `dlq` that takes longer has failed. */
export const DLQ_MS = 10_000;
/** When a call that `dlq` could not take is tried again, and how often: each minute, for a day. */
const DLQ_PAUSE_MS = 60_000;
const DLQ_TRIES = 24 * 60;
/** A receiver that asks for more patience gets no more. */
const MAX_RETRY_AFTER_MS = 3_600_000;

export interface Delivery {
  readonly call: WebhookCall;
  readonly webhook: WebhookConfig;
  /** Cuts the call short; it then stays in the queue. */
  readonly signal: AbortSignal;
}

/**
 * Makes a claimed call once, and writes down what is to become of it: out of the queue, or tried again. Answers after how
 * many milliseconds it is to be tried again, if at all. Where even that fails, the claim runs out and somebody tries again.
 */
export type Deliver = (delivery: Delivery) => Promise<number | undefined>;

type Result = "delivered" | "failed" | "given_up";

export function createDeliver({ db, clock, log, secret, metrics }: Settings): Deliver {
  async function send({ call, webhook, signal }: Delivery, { id }: WebhookPayload): Promise<void> {
    const headers = new Headers({ "content-type": "application/json" });
    // Names differ in case, and what is set last counts.
    for (const [name, value] of Object.entries(webhook.headers ?? {})) headers.set(name, value);
    headers.set("x-rollease-event", call.event);
    headers.set("x-rollease-delivery", id);
    headers.set("x-rollease-signature", await signWebhook(secret, call.body, Math.floor(clock.now() / 1000)));
    await post({ url: call.url, headers, body: call.body, clock, signal });
  }

  async function handOver({ webhook }: Delivery, payload: WebhookPayload, error: Error): Promise<void> {
    const taken = Promise.resolve(webhook.dlq?.(payload, error)).then(() => true);
    if (!(await within(clock, DLQ_MS, taken))) throw new Error(`The dlq took longer than ${DLQ_MS} ms.`);
  }

  async function giveUp(delivery: Delivery, payload: WebhookPayload, error: Error, over: number): Promise<number | undefined> {
    const about = { ...describe(delivery, payload), error };
    log("error", "A webhook call is given up.", about);
    try {
      await handOver(delivery, payload, error);
    } catch (failure) {
      const kept = over < DLQ_TRIES;
      const fate = kept ? "the call is kept, and tried again later" : "the call is lost";
      log("error", `A webhook's dlq failed; ${fate}.`, { ...about, failure });
      if (kept) return retry(delivery, DLQ_PAUSE_MS);
    }
    count("given_up");
    await db.finishWebhookCall(delivery.call.id);
    return undefined;
  }

  async function retry({ call }: Delivery, delayMs: number): Promise<number> {
    count("failed");
    await db.retryWebhookCall(call.id, new Date(clock.now() + delayMs).toISOString());
    return delayMs;
  }

  function count(result: Result): void {
    metrics?.count(METRICS.webhookDeliveries.name, { result });
  }

  return async (delivery) => {
    const { call, webhook, signal } = delivery;
    const payload = JSON.parse(call.body) as WebhookPayload;
    try {
      await send(delivery, payload);
    } catch (thrown) {
      if (signal.aborted) return undefined;
      const error = thrown as Error;
      const { attempts, ...pace } = toRetry(webhook.retry);
      const tries = call.attempts + 1;
      if (tries >= attempts) return giveUp(delivery, payload, error, tries - attempts);
      const asked = Math.min(MAX_RETRY_AFTER_MS, (error instanceof SyncError && error.retryAfterMs) || 0);
      log("warn", "A webhook call failed; it will be tried again.", { ...describe(delivery, payload), error });
      return retry(delivery, Math.max(asked, retryDelayMs(pace, tries)));
    }
    count("delivered");
    log("debug", "A webhook call was delivered.", describe(delivery, payload));
    await db.finishWebhookCall(call.id);
    return undefined;
  };
}

/** For the log: of the address no more than the host, because what follows may be a secret. */
function describe({ call }: Delivery, { id }: WebhookPayload): Readonly<Record<string, unknown>> {
  return { id, event: call.event, subject: call.subject, host: new URL(call.url).host, tries: call.attempts + 1 };
}
