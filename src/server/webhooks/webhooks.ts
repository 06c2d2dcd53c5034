import type { Settings } from "../config";
import type { MutateParts } from "../mutate";
import type { WebhookConfig } from "../config-types";
import { toCalls, webhookOf } from "./calls";
import { createDeliver } from "./deliver";
import { createLane } from "./lane";

/** Calls under way in all; where there are more urls than that, one for each. */
const UNDER_WAY = 10;

/** Tells others of changes. Calls wait in the database, so that each is made at least once, whoever dies meanwhile. */
export interface Webhooks extends Pick<MutateParts, "queue" | "committed"> {
  close(): Promise<void>;
}

export function createWebhooks(settings: Settings): Webhooks {
  const firsts = settings.webhooks.filter(({ url }, i, all) => all.findIndex((one) => one.url === url) === i);
  const limit = Math.max(1, Math.floor(UNDER_WAY / firsts.length));
  const deliver = createDeliver(settings);
  // Each url by itself, so that one that does not answer holds up no other.
  const lanes = firsts.map((first) => {
    const { url } = first;
    // What was wanted when it was queued is told, whoever wants it now.
    const webhookFor = (event: string): WebhookConfig => webhookOf(settings.webhooks, url, event) ?? first;
    return createLane({ settings, url, webhookFor, limit, deliver });
  });
  return {
    async queue(tx, records) {
      const calls = toCalls(records, settings);
      if (calls.length > 0) await tx.addWebhookCalls(calls);
    },
    committed() {
      for (const lane of lanes) lane.wake();
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}
