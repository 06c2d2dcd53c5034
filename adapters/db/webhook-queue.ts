import type { ClaimOptions, DatabaseTransaction, WebhookCall } from "../../src/ports/database-adapter";
import type { Row, Statements, Where } from "./gateway";
import { required } from "./rows/column-values";
import { fromWebhookRow, toWebhookRow } from "./rows/webhook-row";

// Calls to one url about one subject stand in a lane. Its row says which call is next, and is locked by whoever adds to the
// lane or takes from it, until they commit: so nobody empties a lane that another is adding to.

/** `DatabaseTransaction.addWebhookCalls`. */
export async function addCalls(tx: Statements, calls: Parameters<DatabaseTransaction["addWebhookCalls"]>[0]): Promise<void> {
  if (calls.length === 0) return;
  const queued_at = new Date();
  const lanes = new Map<string, Row>();
  for (const row of await tx.insertAbsent("webhooks", calls.map(toWebhookRow))) {
    const { url, subject, id } = fromWebhookRow(row);
    const name = JSON.stringify([url, subject]);
    if (!lanes.has(name)) lanes.set(name, { url, subject, oldest: id, due_at: null, queued_at });
  }
  // One order for everybody, so that two writers wait for each other instead of deadlocking.
  const inOrder = [...lanes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lane]) => lane);
  await tx.upsert("webhookLanes", inOrder, { key: ["url", "subject"], keep: ["oldest", "due_at"] });
}

/** `DatabaseAdapter.claimWebhookCalls`. Lanes that another server has its hands on at this moment are left out. */
export async function claimCalls(tx: Statements, { urls, now, until, limit }: ClaimOptions): Promise<readonly WebhookCall[]> {
  if (urls.length === 0 || limit <= 0) return [];
  const isDue = [
    { column: "due_at", is: null },
    { column: "due_at", until: new Date(now) },
  ];
  const where: Where = [{ column: "url", in: urls }, { any: isDue }];
  const lanes = await tx.find("webhookLanes", { where, orderBy: [["oldest", "asc"]], limit, lock: "skip" });
  if (lanes.length === 0) return [];
  const ids = lanes.map((lane) => required<number>(lane, "oldest"));
  await tx.update("webhookLanes", [{ column: "oldest", in: ids }], { due_at: new Date(until) });
  return (await tx.find("webhooks", { where: [{ column: "id", in: ids }], orderBy: [["id", "asc"]] })).map(fromWebhookRow);
}

/** `DatabaseAdapter.finishWebhookCall`. */
export async function finishCall(tx: Statements, id: number): Promise<void> {
  const [call] = (await tx.find("webhooks", { where: [{ column: "id", is: id }] })).map(fromWebhookRow);
  if (!call) return;
  const lane: Where = [
    { column: "url", is: call.url },
    { column: "subject", is: call.subject },
  ];
  const [found] = await tx.find("webhookLanes", { where: lane, lock: true });
  await tx.remove("webhooks", [{ column: "id", is: id }]);
  if (found?.oldest !== id) return;
  const [next] = await tx.find("webhooks", { columns: ["id"], where: lane, orderBy: [["id", "asc"]], limit: 1 });
  if (next) await tx.update("webhookLanes", lane, { oldest: required<number>(next, "id"), due_at: null });
  else await tx.remove("webhookLanes", lane);
}

/** `DatabaseAdapter.retryWebhookCall`. */
export async function retryCall(tx: Statements, id: number, at: Date): Promise<void> {
  await tx.update("webhookLanes", [{ column: "oldest", is: id }], { due_at: at });
  await tx.update("webhooks", [{ column: "id", is: id }], {}, { attempts: 1 });
}
