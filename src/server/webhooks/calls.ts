import type { JsonValue } from "../../model/json";
import type { WebhookCall } from "../../ports/database-adapter";
import { uuidV7 } from "../../replica/uuid-v7";
import type { Settings } from "../config";
import type { WebhookConfig } from "../config-types";
import type { MutationRecord } from "../mutate";
import { eventOf } from "./events";
import type { WebhookEvent, WebhookPayload } from "./payload";

export type NewCall = Pick<WebhookCall, "url" | "event" | "subject" | "body" | "createdAt">;
type Place = Pick<Settings, "environment" | "redactor" | "clock" | "webhooks">;

/** The webhook that is called at a url for an event: the first that wants it, where several name one url. */
export function webhookOf(webhooks: readonly WebhookConfig[], url: string, event: string): WebhookConfig | undefined {
  return webhooks.find((one) => one.url === url && (one.events?.includes(event) ?? true));
}

/** The calls that one transaction's records ask for. Everything that a release does is one event. */
export function toCalls(records: readonly MutationRecord[], settings: Place): NewCall[] {
  const release = records.find((record) => record.flagKey === null && eventOf(record));
  const told = release ? [release] : records;
  const urls = [...new Set(settings.webhooks.map(({ url }) => url))];
  return told.flatMap((record) => {
    const event = eventOf(record);
    const wanted = event ? urls.filter((url) => webhookOf(settings.webhooks, url, event)) : [];
    if (!event || wanted.length === 0) return [];
    const images = record === release ? imagesOfRelease(record, records) : record;
    const body = JSON.stringify(toPayload(event, { ...record, ...images }, settings));
    return wanted.map((url) => ({ url, event, subject: subjectOf(record), body, createdAt: record.at }));
  });
}

/**
 * Calls about one subject reach a url one after the other. A release and its flags are subjects of their own: of what the two
 * say about a flag, the greater `version` is the later.
 */
function subjectOf({ flagKey, releaseId }: MutationRecord): string {
  return flagKey === null ? `release:${releaseId ?? ""}` : `flag:${flagKey}`;
}

function imagesOfRelease(release: MutationRecord, records: readonly MutationRecord[]): Pick<MutationRecord, "before" | "after"> {
  const image = (side: "before" | "after"): object => {
    const flags = records.flatMap((record) => (record.flagKey === null ? [] : [[record.flagKey, record[side]] as const]));
    return { release: release[side], flags: Object.fromEntries(flags) };
  };
  return { before: image("before"), after: image("after") };
}

function toPayload(event: WebhookEvent, record: MutationRecord, { environment, redactor, clock }: Place): WebhookPayload {
  const { flagKey, releaseId, actor, reason, at, before, after } = record;
  return {
    id: uuidV7(clock.now()),
    event,
    flagKey,
    ...(releaseId !== undefined && { releaseId }),
    actor,
    reason,
    before: redactor.json(before as JsonValue),
    after: redactor.json(after as JsonValue),
    environment: environment ?? environmentOf(after) ?? environmentOf(before) ?? null,
    at,
  };
}

function environmentOf(image: object | null): string | undefined {
  const { environment, release } = (image ?? {}) as { environment?: string; release?: { environment?: string } | null };
  return environment ?? release?.environment;
}
