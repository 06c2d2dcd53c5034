import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

export interface Listening {
  readonly port: number;
  /** Takes no more connections, lets requests finish, and cuts what is left after `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** Longer than load balancers keep idle connections, so that it is they who close them. */
const KEEP_ALIVE_MS = 65_000;
const SWEEP_MS = 25;

/** Serves a fetch-shaped handler on a socket. Rejects where the address cannot be had. */
export async function listen(fetch: (request: Request) => Promise<Response>, port: number, hostname: string): Promise<Listening> {
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
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
        const cut = setTimeout(() => server.closeAllConnections(), graceMs);
        server.close(() => {
          clearInterval(sweep);
          clearTimeout(cut);
          resolve();
        });
      }),
  };
}
