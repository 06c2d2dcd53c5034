import { openApiDocument } from "../openapi/document";
import type { App } from "../scope";

/** `GET /openapi.json`: what the handler answers to, as OpenAPI 3.1. */
export function openApiRoute(app: App, base: string): void {
  let document: string | undefined;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(openApiDocument(base));
    return c.body(document, 200, { "content-type": "application/json; charset=utf-8", "cache-control": "public, max-age=300" });
  });
}
