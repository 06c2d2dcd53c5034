import type { DatabaseTransaction, WebhookCall } from "../../../src/ports/database-adapter";
import type { Row } from "../gateway";
import { fromDate, required } from "./column-values";

type NewCall = Parameters<DatabaseTransaction["addWebhookCalls"]>[0][number];

export function toWebhookRow({ url, event, subject, body, createdAt }: NewCall): Row {
  return { url, event, subject, body, attempts: 0, created_at: new Date(createdAt) };
}

export function fromWebhookRow(row: Row): WebhookCall {
  return {
    id: required<number>(row, "id"),
    url: required<string>(row, "url"),
    event: required<string>(row, "event"),
    subject: required<string>(row, "subject"),
    body: required<string>(row, "body"),
    attempts: required<number>(row, "attempts"),
    createdAt: fromDate(row.created_at) as string,
  };
}
