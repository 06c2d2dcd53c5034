import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { forward } from "./forward";
import type { SyncProcess } from "./sync-process";

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

/** The switch that the page has for its server. */
async function control(sync: SyncProcess, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const actions: Readonly<Record<string, () => Promise<void>>> = {
    "GET /server": () => Promise.resolve(),
    "POST /server/kill": sync.kill,
    "POST /server/start": sync.start,
  };
  const act = actions[`${request.method} ${request.url?.split("?")[0]}`];
  await act?.();
  if (act) answer(response, 200, { running: sync.port() !== undefined });
  else answer(response, 404, { error: "There is no such switch.", code: "NOT_FOUND" });
}

/** Puts the sync server under the page's own origin, and a switch for it beside that. */
export function syncServer(sync: SyncProcess): Plugin {
  return {
    name: "rollease-demo:sync-server",
    configureServer({ middlewares }) {
      middlewares.use("/api/rollease", (request, response) => {
        const port = sync.port();
        if (port === undefined) answer(response, 503, { error: "The sync server is unplugged.", code: "UNAVAILABLE" });
        else forward(port, request, response);
      });
      middlewares.use("/__demo", (request, response) => {
        control(sync, request, response).catch((error: unknown) => {
          answer(response, 500, { error: error instanceof Error ? error.message : String(error), code: "INTERNAL" });
        });
      });
    },
  };
}
