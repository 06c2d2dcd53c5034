import type { ClaimOptions, WebhookCall } from "../../src/ports/database-adapter";
import type { Statements } from "./gateway";
import { fromWebhookRow } from "./rows/webhook-row";

/**
 * `DatabaseAdapter.claimWebhookCalls`. Only the oldest call of a url and a subject can be had, so that one that waits holds up
 * those behind it. Whom another server is claiming at this moment is left out.
 */
export async function claimCalls(tx: Statements, { urls, now, until, limit }: ClaimOptions): Promise<readonly WebhookCall[]> {
  if (urls.length === 0 || limit <= 0) return [];
  const isDue = [
    { column: "due_at", is: null },
    { column: "due_at", until: new Date(now) },
  ];
  const rows = await tx.find("webhooks", {
    where: [{ column: "url", in: urls }, { any: isDue }, { firstOf: ["url", "subject"] }],
    orderBy: [["id", "asc"]],
    limit,
    lock: "skip",
  });
  const calls = rows.map(fromWebhookRow);
  if (calls.length > 0)
    await tx.update("webhooks", [{ column: "id", in: calls.map(({ id }) => id) }], { due_at: new Date(until) });
  return calls;
}
