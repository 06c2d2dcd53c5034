import type { JsonValue } from "../../model/json";
import type { AuditActor } from "../../ports/database-adapter";

export const WEBHOOK_EVENTS = [
  "flag.create",
  "flag.update",
  "flag.kill",
  "flag.restore",
  "flag.archive",
  "flag.delete",
  "rule.add",
  "rule.update",
  "rule.remove",
  "release.deploy",
  "release.rollback",
] as const;
export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** What a webhook is sent, as JSON. */
export interface WebhookPayload {
  /** Names the event, in every try and for every receiver; later events have greater ids. */
  readonly id: string;
  readonly event: WebhookEvent;
  /** `null` for a release. */
  readonly flagKey: string | null;
  /** The release, where one made the change. */
  readonly releaseId?: string;
  readonly actor: Pick<AuditActor, "id" | "type" | "name"> | null;
  readonly reason: string | null;
  /**
   * The flag before and after, without private attributes; `null` where there was none, or is none any more. For a
   * release `{release, flags}`: the release itself, and all its flags by their keys.
   */
  readonly before: JsonValue;
  readonly after: JsonValue;
  /** The environment that the server is confined to, else the one that the flag or the release lives in. */
  readonly environment: string | null;
  /** ISO 8601. */
  readonly at: string;
}
