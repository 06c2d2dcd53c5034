import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError, type Http2Bindings, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { ErrorBody } from "../../src/protocol/wire";
import { noteAddress } from "../client-address";
import type { Unchanged } from "../unchanged";
import { preparedBodyOf, takePreparedBody } from "../prepared-body";

export interface Listening {
  readonly port: number;
  /** Takes no more connections, lets requests finish, and cuts what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Longer than load balancers keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_MS = 65_000;
const SWEEP_MS = 25;
/** How long a connection that has not sent a request yet may still do so when the server stops. */
const UNUSED_MS = 500;

/** Serves a fetch-shaped handler on a socket, which `unchanged` is asked before. Rejects where the address cannot be had. */
export async function listen(
  fetch: (request: Request) => Promise<Response>,
  port: number,
  hostname: string,
  unchanged?: Unchanged,
): Promise<Listening> {
  const listener = getRequestListener(
    async (request: Request, { incoming, outgoing }: HttpBindings | Http2Bindings) => {
      const told = await unchanged?.(request);
      if (told) {
        outgoing.writeHead(304, told).end();
        return RESPONSE_ALREADY_SENT;
      }
      noteAddress(request, incoming.socket.remoteAddress);
      takePreparedBody(request);
      const response = await fetch(request);
      const bytes = preparedBodyOf(request);
      const prepared = bytes && response.status === 200;
      if (!prepared && response.status !== 304) return response;
      outgoing.writeHead(response.status, {
        ...Object.fromEntries(response.headers),
        ...(prepared && { "content-length": bytes.length }),
      });
      if (prepared) outgoing.end(bytes);
      else outgoing.end();
      return RESPONSE_ALREADY_SENT;
    },
    { overrideGlobalObjects: false, errorHandler: refuse },
  );
  // Node itself would refuse one without a host in no words at all.
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => void listener(incoming, outgoing));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const unused = trackUnused(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs) =>
      new Promise((resolve) => {
        // Connections become idle one by one, as their requests finish.
        const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
        const drop = setTimeout(() => unused.forEach((socket) => socket.destroy()), UNUSED_MS);
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearInterval(sweep);
          clearTimeout(drop);
          clearTimeout(cut);
          resolve();
        });
      }),
  };
}

/** Answers what never came to the handler, because its address or host cannot be read, and what the handler has thrown. */
function refuse(error: unknown): Response {
  const isUnreadable = error instanceof RequestError;
  const body: ErrorBody = isUnreadable
    ? { error: "The request's address or host cannot be read.", code: "BAD_REQUEST" }
    : { error: "Something went wrong on the server.", code: "INTERNAL" };
  return Response.json(body, { status: isUnreadable ? 400 : 500, headers: { "cache-control": "no-store" } });
}

/** Connections that browsers open ahead of need, which Node does not count as idle. */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }) => unused.delete(socket));
  return unused;
}
