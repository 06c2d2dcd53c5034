import type { MutationRecord } from "../mutate";
import type { WebhookEvent } from "./payload";

/**
 * What webhooks call a change. Whatever else changes a flag is `flag.update`; what changes no flag, as a segment does or
 * the approval of a release, is not told.
 */
const EVENTS: ReadonlyMap<string, WebhookEvent> = new Map([
  ["create", "flag.create"],
  ["clone", "flag.create"],
  ["kill", "flag.kill"],
  ["kill_all", "flag.kill"],
  ["restore", "flag.restore"],
  ["restore_all", "flag.restore"],
  ["archive", "flag.archive"],
  ["delete", "flag.delete"],
  ["add_rule", "rule.add"],
  ["update_rule", "rule.update"],
  ["remove_rule", "rule.remove"],
  ["deploy_release", "release.deploy"],
  ["rollback_release", "release.rollback"],
]);

/** The event of a record, if it is one. */
export function eventOf({
  action,
  flagKey,
  before,
}: Pick<MutationRecord, "action" | "flagKey" | "before">): WebhookEvent | undefined {
  return EVENTS.get(action) ?? (flagKey === null ? undefined : before === null ? "flag.create" : "flag.update");
}
