import type { ClaimOptions, DatabaseTransaction, WebhookCall } from "../../../src/ports/database-adapter";
import type { QueuedCall, StagedTables } from "./tables";

export function addCalls(tables: StagedTables, calls: Parameters<DatabaseTransaction["addWebhookCalls"]>[0]): void {
  for (const { url, event, subject, body, createdAt } of calls) {
    const id = ++tables.lastCall;
    tables.webhooks.set(String(id), { id, url, event, subject, body, attempts: 0, createdAt });
  }
}

export function claimCalls(tables: StagedTables, { urls, now, until, limit }: ClaimOptions): WebhookCall[] {
  const lanes = new Set<string>();
  const first: QueuedCall[] = [];
  for (const call of tables.webhooks.values()) {
    const lane = JSON.stringify([call.url, call.subject]);
    if (!lanes.has(lane)) first.push(call);
    lanes.add(lane);
  }
  const due = first.filter(({ url, dueAt }) => urls.includes(url) && (dueAt === undefined || !isAfter(dueAt, now)));
  return due.slice(0, limit).map((queued) => {
    tables.webhooks.set(String(queued.id), { ...queued, dueAt: until });
    const { dueAt: _, ...call } = queued;
    return call;
  });
}

export function retryCall(tables: StagedTables, id: number, at: string): void {
  const call = tables.webhooks.get(String(id));
  if (call) tables.webhooks.set(String(id), { ...call, attempts: call.attempts + 1, dueAt: at });
}

function isAfter(a: string, b: string): boolean {
  return Date.parse(a) > Date.parse(b);
}
