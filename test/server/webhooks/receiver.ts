import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { WebhookPayload } from "../../../src/server/webhooks/payload";

export interface ReceivedCall {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly payload: WebhookPayload;
  /** How many calls about the same flag were being answered when this one came, itself among them. */
  readonly atOnce: number;
}

export interface Receiver {
  readonly url: string;
  readonly calls: readonly ReceivedCall[];
  /** How many calls were being answered at a time, at most. */
  readonly mostAtOnce: number;
}

/** A status, a status with headers, or no answer for as long as the promise takes. */
export type Answer = number | { readonly status: number; readonly headers: Record<string, string> };

/** A real server that keeps what it is told and answers as it is told to; gone when the test is over. */
export async function openReceiver(
  answer: (call: ReceivedCall, index: number) => Answer | Promise<Answer> = () => 204,
): Promise<Receiver> {
  const calls: ReceivedCall[] = [];
  const busy = new Map<string, number>();
  let open = 0;
  let mostAtOnce = 0;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void answerTo(Buffer.concat(chunks).toString("utf8")));

    async function answerTo(text: string): Promise<void> {
      const payload = JSON.parse(text) as WebhookPayload;
      const subject = payload.flagKey ?? "";
      const atOnce = (busy.get(subject) ?? 0) + 1;
      busy.set(subject, atOnce);
      mostAtOnce = Math.max(mostAtOnce, ++open);
      const call = { path: request.url ?? "", headers: request.headers, text, payload, atOnce };
      const answered = await answer(call, calls.push(call) - 1);
      open--;
      busy.set(subject, (busy.get(subject) ?? 0) - 1);
      const { status, headers } = typeof answered === "number" ? { status: answered, headers: {} } : answered;
      response.writeHead(status, headers).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    calls,
    get mostAtOnce() {
      return mostAtOnce;
    },
  };
}

/** An answer that comes when the test says so. */
export function later<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolved) => (resolve = resolved));
  return { promise, resolve };
}
