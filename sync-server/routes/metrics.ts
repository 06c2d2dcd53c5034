import { adminRoutes } from "../admin";
import { HttpError } from "../http-error";
import type { App, Scope } from "../scope";

/** `GET /metrics`: the server's numbers in Prometheus' text format, for admins. */
export function metricsRoute(app: App, scope: Scope): void {
  adminRoutes(app, scope)("get", "/metrics", async (c) => {
    const { metrics } = scope.internals;
    if (!metrics) throw new HttpError(404, "NOT_FOUND", "This server keeps no metrics: it was made without `metrics`.");
    const { contentType, body } = await metrics.expose();
    return c.body(body, 200, { "content-type": contentType, "cache-control": "no-store" });
  });
}
