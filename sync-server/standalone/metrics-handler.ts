import { INTERNAL, type RolleaseCore } from "../../src/server/types";

/** Answers `GET /metrics` to whoever asks; for a port that only those reach who may know. */
export function createMetricsHandler({ [INTERNAL]: { metrics } }: RolleaseCore): (request: Request) => Promise<Response> {
  return async ({ method, url }) => {
    if (!metrics || method !== "GET" || new URL(url).pathname !== "/metrics") return new Response(null, { status: 404 });
    const { contentType, body } = await metrics.expose();
    return new Response(body, { headers: { "content-type": contentType, "cache-control": "no-store" } });
  };
}
