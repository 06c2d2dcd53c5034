import { HttpError } from "../http-error";
import type { App, Scope } from "../scope";

/** `GET /health`: 200 while flags can be evaluated, else 503. */
export function healthRoute(app: App, { rl, options: { healthAuth } }: Scope): void {
  app.get("/health", async (c) => {
    if (healthAuth && !(await healthAuth(c.req.raw))) throw new HttpError(401, "UNAUTHORIZED", "This needs leave.");
    const report = await rl.health();
    return c.json(report, report.status === "unhealthy" ? 503 : 200, { "cache-control": "no-store" });
  });
}
