import { createServer, request as send, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What is answered in place of the server. */
export type ProxyFault = (response: ServerResponse, request: IncomingMessage) => void;

/** Stands between browsers and a server, serves a page of its own, and does what networks do. */
export interface FaultProxy {
  readonly url: string;
  /** By the beginning of a path. */
  readonly faults: Map<string, ProxyFault>;
  /** Paths of requests for the server, in their order, those that a fault answers included. */
  readonly requests: string[];
  /** Requests of `path` that are open now. */
  open(path: string): number;
  /** Lets nothing more through, also of what is open, and says nothing of it. */
  stall(stalls: boolean): void;
  /** Passes a body on when it is all there, as proxies do that know no streams. */
  buffer(buffers: boolean): void;
  /** Breaks every connection. */
  cut(): void;
  /** Bytes that went over all sockets so far, in either direction. */
  bytes(): number;
  close(): Promise<void>;
}

/** @param pages Type and body of what the proxy serves itself, by path. */
export async function startFaultProxy(
  target: string,
  pages: Readonly<Record<string, readonly [type: string, body: string]>> = {},
): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const faults = new Map<string, ProxyFault>();
  const requests: string[] = [];
  const opened = new Set<string>();
  const sockets = new Set<Socket>();
  let closedBytes = 0;
  let isStalled = false;
  let isBuffering = false;
  const bytesOf = (socket: Socket): number => socket.bytesRead + socket.bytesWritten;

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const headers = { ...request.headers, host: `${hostname}:${port}` };
    const upstream = send({ hostname, port, method: request.method, path: request.url, headers }, (answer) => {
      const begin = (): void => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
      };
      const held: Buffer[] = [];
      if (!isBuffering && !isStalled) begin();
      answer.on("data", (data: Buffer) => {
        if (isBuffering) held.push(data);
        else if (!isStalled) response.write(data);
      });
      answer.once("end", () => {
        if (isStalled) return;
        if (!response.headersSent) begin();
        response.end(Buffer.concat(held));
      });
      answer.once("error", () => response.destroy());
    });
    upstream.once("error", () => response.destroy());
    response.once("close", () => upstream.destroy());
    request.pipe(upstream);
  }

  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const page = pages[path.split("?")[0] as string];
    if (page) return void response.writeHead(200, { "content-type": page[0] }).end(page[1]);
    requests.push(path);
    const id = `${path} ${requests.length}`;
    opened.add(id);
    response.once("close", () => opened.delete(id));
    const fault = [...faults].find(([start]) => path.startsWith(start))?.[1];
    if (fault) fault(response, request);
    else forward(request, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => {
      closedBytes += bytesOf(socket);
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests,
    open: (path) => [...opened].filter((id) => id.startsWith(path)).length,
    stall: (stalls) => void (isStalled = stalls),
    buffer: (buffers) => void (isBuffering = buffers),
    cut: () => sockets.forEach((socket) => socket.destroy()),
    bytes: () => [...sockets].reduce((sum, socket) => sum + bytesOf(socket), closedBytes),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
