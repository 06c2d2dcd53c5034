import { EdgeVM } from "@edge-runtime/vm";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

/**
 * A worker as it is deployed: one module, bundled for no platform in particular, that answers `fetch` events. Nothing of Node is
 * there to be had.
 */
const WORKER = `
  import { createRollease } from "../../src/index";
  import { createMemoryAdapter } from "../../adapters/db/memory/index";
  const rl = createRollease({ db: createMemoryAdapter(), secret: "a-secret-of-the-edge", logging: { sink: () => undefined } });
  const handler = rl.createHandler({
    allowAnonymous: true,
    contextFromRequest: (request) => ({ userId: request.headers.get("x-user-id") ?? undefined }),
    adminAuth: (request) => request.headers.get("x-admin-token") === "t",
  });
  addEventListener("fetch", (event) => event.respondWith(handler(event.request)));
`;

let vm: EdgeVM;
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: WORKER, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    format: "iife",
    platform: "neutral",
    target: "es2022",
    mainFields: ["module", "main"],
    conditions: ["workerd", "edge-light", "browser", "import"],
    // Redis and files are loaded only where an app asks for them; a worker's bundler leaves them out.
    external: ["node:*", "redis", "ioredis", "redos-detector"],
    write: false,
    logLevel: "error",
  });
  vm = new EdgeVM({ initialCode: outputFiles[0]!.text });
});

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await vm.dispatchFetch(`https://edge.example/api/rollease${path}`, init);
  return response;
}
const admin = { "x-admin-token": "t", "content-type": "application/json" };

describe("in an edge runtime", () => {
  it("flags are created, evaluated and pulled", async () => {
    const body = JSON.stringify({
      key: "new-checkout",
      type: "boolean",
      defaultValue: false,
      rollout: { percentage: 100, value: true },
    });
    expect((await call("/flags", { method: "POST", body, headers: admin })).status).toBe(201);
    const evaluated = await call("/flags/new-checkout", { headers: { "x-user-id": "u1" } });
    expect(await evaluated.json()).toMatchObject({ key: "new-checkout", value: true, reason: "percentage" });
    const pulled = await call("/sync/pull");
    expect(pulled.headers.get("etag")).toMatch(/^"\w+"$/);
    expect(await pulled.json()).toMatchObject({ more: false, reset: true, changes: [{ kind: "flag", key: "new-checkout" }] });
  });

  it("a change is streamed", async () => {
    const response = await call("/sync/stream");
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    await call("/flags/new-checkout/kill", { method: "POST", body: JSON.stringify({ reason: "fire" }), headers: admin });
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += part.value;
      if (text.includes('"killed"')) break;
    }
    expect(text).toMatch(/^event: change$/m);
    await reader.cancel();
  });

  it("facts are pushed and applied once", async () => {
    const id = "018f4e2a-7c1d-7000-8000-000000000001";
    const entry = {
      id,
      type: "impression",
      flagKey: "new-checkout",
      unit: "u1",
      variant: null,
      value: false,
      reason: "default",
      at: new Date().toISOString(),
    };
    const push = async (): Promise<unknown> =>
      (
        await call("/sync/push", { method: "POST", body: JSON.stringify({ batch: [entry] }), headers: { "x-user-id": "u1" } })
      ).json();
    expect(await push()).toEqual({ results: [{ id, status: "applied" }] });
    expect(await push()).toEqual({ results: [{ id, status: "duplicate" }] });
  });

  it("errors are errors, not crashes", async () => {
    expect((await call("/flags", { method: "POST", body: "{", headers: admin })).status).toBe(400);
    expect((await call("/admin/flags")).status).toBe(401);
    expect((await call("/nothing")).status).toBe(404);
  });
});
