import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answer, sharedNow } from "./child";
import { changeAtRate, held, spentUs } from "./server-abilities";

/**
 * As little as can answer the same bytes: `node:http`, one buffer for each event, written to a list of responses, and one
 * for the whole ruleset.
 */
const open = new Set<ServerResponse>();
let whole: { readonly headers: Record<string, string>; readonly bytes: Buffer } | undefined;
let event = (_: number): string => "";

const server = createServer((request, response) => {
  if (request.url?.includes("/sync/stream")) {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
    response.write(": \n\n");
    open.add(response);
    response.on("close", () => open.delete(response));
    return;
  }
  const { headers, bytes } = whole ?? { headers: {}, bytes: Buffer.alloc(0) };
  if (request.headers["if-none-match"] !== undefined && request.headers["if-none-match"] === headers["etag"]) {
    response.writeHead(304, headers).end();
  } else {
    response.writeHead(200, { ...headers, "content-length": bytes.length }).end(bytes);
  }
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

async function change(n: number): Promise<number> {
  const bytes = Buffer.from(event(n));
  const at = sharedNow();
  for (const response of open) response.write(bytes);
  return at;
}

answer({
  port: () => (server.address() as AddressInfo).port,
  held,
  spentUs,
  change: (options: Parameters<typeof changeAtRate>[1]) => changeAtRate(change, options),
  /** Takes over an event of the other server, so that both send the same, and its ruleset. */
  imitate(text: string, headers: Record<string, string>, body: string) {
    const [before = "", after = ""] = text.split("#");
    event = (n) => `${before}${n}${after}`;
    whole = { headers, bytes: Buffer.from(body) };
  },
});
