import { request as send } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Passes a request on to a port of this machine and streams the answer back. A server that is not there is a 503; one that
 * dies in the middle breaks the connection, as it would without a proxy.
 */
export function forward(
  port: number,
  request: IncomingMessage & { originalUrl?: string | undefined },
  response: ServerResponse,
): void {
  const upstream = send(
    { host: "127.0.0.1", port, method: request.method, path: request.originalUrl ?? request.url, headers: request.headers },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // A stream's first bytes may be long in coming, and the browser waits for the head.
      response.flushHeaders();
      answer.pipe(response);
      answer.once("error", () => response.destroy());
    },
  );
  upstream.once("error", () => {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(503, { "content-type": "application/json", "retry-after": "1" });
    response.end(JSON.stringify({ error: "The sync server does not answer.", code: "UNAVAILABLE" }));
  });
  response.once("close", () => upstream.destroy());
  request.pipe(upstream);
}
