import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** Stands between browsers and a server, and counts the requests of one path that are open. */
export interface CountingProxy {
  readonly url: string;
  /** Requests of the counted path that are open now. */
  open(): number;
  close(): Promise<void>;
}

export async function startCountingProxy(target: string, countedPath: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(target);
  let open = 0;
  const server = createServer((request, response) => {
    const counted = request.url?.startsWith(countedPath) === true;
    if (counted) open++;
    const headers = { ...request.headers, host: `${hostname}:${port}` };
    const upstream = send({ hostname, port, method: request.method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.pipe(response);
      answer.once("error", () => response.destroy());
    });
    upstream.once("error", () => response.destroy());
    response.once("close", () => {
      if (counted) open--;
      upstream.destroy();
    });
    request.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => open,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
