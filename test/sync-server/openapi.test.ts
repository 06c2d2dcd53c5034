import { expect, test } from "vitest";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { openApiDocument } from "../../sync-server/openapi/document";
import { OPERATIONS } from "../../sync-server/openapi/operations";
import { createSyncHandler } from "../../sync-server/handler";
import { openRollease } from "../server/open-rollease";

const BASE = "/api/rollease";

test("the document of a handler is what a linter takes for good OpenAPI 3.1", async () => {
  const handler = createSyncHandler(openRollease(), { allowAnonymous: true });
  const response = await handler(new Request(`http://test${BASE}/openapi.json`));
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  const source = await response.text();
  const config = await createConfig({ extends: ["recommended-strict"] });
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  expect(problems.map(({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer ?? ""}`)).toEqual([]);
});

test("the document names every route that there is, and none that there is not", async () => {
  const handler = createSyncHandler(openRollease(), { allowAnonymous: true, adminAuth: () => true });
  const methods = ["get", "post", "put", "patch", "delete"] as const;
  const paths = [...new Set(OPERATIONS.map(({ path }) => path))];
  for (const path of paths) {
    const url = `http://test${BASE}${path.replace(/:\w+/g, "none")}`;
    // What a path has no method for is answered with the methods that it has.
    const { status, headers } = await handler(new Request(url, { method: "OPTIONS" }));
    expect(status).toBe(405);
    const allowed = headers.get("allow")?.toLowerCase().split(", ");
    const told = OPERATIONS.filter((each) => each.path === path || pathMatches(each.path, path)).map(({ method }) => method);
    expect(
      methods.filter((method) => allowed?.includes(method)),
      path,
    ).toEqual(methods.filter((method) => told.includes(method)));
  }
});

/** A path with a fixed name, `/flags/stream`, also answers what is for `/flags/:key`. */
function pathMatches(pattern: string, path: string): boolean {
  const [parts, others] = [pattern.split("/"), path.split("/")];
  return parts.length === others.length && parts.every((part, n) => part.startsWith(":") || part === others[n]);
}

test("bodies are told of with their fields, those of the note among them", () => {
  const document = openApiDocument(BASE) as unknown as Record<string, Record<string, Record<string, never>>>;
  const { requestBody } = document["paths"]!["/admin/flags/{key}"]!["patch"]! as {
    requestBody: { content: Record<string, { schema: { properties: object } }> };
  };
  const names = Object.keys(requestBody.content["application/json"]!.schema.properties);
  expect(names).toEqual(expect.arrayContaining(["defaultValue", "rollout", "rules", "reason", "ifVersion"]));
});
