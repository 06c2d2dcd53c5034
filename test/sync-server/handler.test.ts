import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSyncHandler } from "../../sync-server/handler";
import type { HandlerOptions } from "../../sync-server/options";
import { createFakeCore, type FakeCore } from "./fake-core";
import type { Write } from "./raw-feed";

const flag = (key: string, doc: Write["doc"] = {}): Write => ({ kind: "flag", key, doc });
const claim = (context: unknown): Record<string, string> => ({
  "x-rollease-context": Buffer.from(JSON.stringify(context)).toString("base64url"),
});

let core: FakeCore;
beforeEach(() => {
  core = createFakeCore();
});
afterEach(() => vi.unstubAllEnvs());

function call(path: string, init: RequestInit = {}, options: HandlerOptions = {}): Promise<Response> {
  return createSyncHandler(core, { allowAnonymous: true, ...options })(new Request(`http://test${path}`, init));
}
const json = async (response: Promise<Response>): Promise<unknown> => (await response).json();

describe("evaluated flags", () => {
  beforeEach(() => {
    const rule = { id: "r", conditions: { dimension: "userId", op: "eq", value: "u1" }, value: true } as const;
    core.commit(flag("a", { rules: [rule] }), flag("secret", { clientVisible: false }), flag("a/b c"));
  });

  it("are those that a client may see, for the context that the caller sends", async () => {
    const body = await json(call("/api/rollease/flags", { headers: claim({ userId: "u1" }) }));
    expect(body).toMatchObject({
      flags: { a: { value: true, reason: "rule_match", ruleId: "r" }, "a/b c": { value: false } },
      ts: Date.parse("2026-06-01T00:00:00Z"),
    });
    expect(Object.keys((body as { flags: object }).flags)).toEqual(["a", "a/b c"]);
  });

  it("are for whom the server says, whatever the caller says, beside which the caller's other claims hold", async () => {
    const options = { contextFromRequest: () => ({ userId: "u1", attributes: { plan: "pro" } }) };
    const seen: unknown[] = [];
    core.flags.evaluateAll = async (context) => (seen.push(context), {});
    await call(
      "/api/rollease/flags",
      { headers: claim({ userId: "u2", region: "EU", attributes: { plan: "free", n: 1 } }) },
      options,
    );
    expect(seen).toEqual([{ userId: "u1", region: "EU", attributes: { plan: "pro", n: 1 } }]);
  });

  it("come one by one too, by keys of any spelling, unless they are not there to be seen", async () => {
    expect(await json(call("/api/rollease/flags/a"))).toMatchObject({ key: "a", value: false, ts: expect.any(Number) as number });
    expect(await json(call(`/api/rollease/flags/${encodeURIComponent("a/b c")}`))).toMatchObject({ key: "a/b c" });
    for (const key of ["secret", "missing", "__proto__", "%E0%A4%A"]) {
      const response = await call(`/api/rollease/flags/${key}`);
      expect([response.status, await response.json()]).toMatchObject([404, { code: "FLAG_NOT_FOUND" }]);
    }
  });

  it.each(["x", "%%%", Buffer.from("[]").toString("base64url"), Buffer.from(`{"userId":5}`).toString("base64url")])(
    "are refused to a context that is none: %s",
    async (context) => {
      expect((await call("/api/rollease/flags", { headers: { "x-rollease-context": context } })).status).toBe(400);
    },
  );
});

describe("the handler", () => {
  it("serves below its base path and nowhere else", async () => {
    for (const [basePath, path, status] of [
      ["/flags-api/", "/flags-api/health", 200],
      ["/", "/health", 200],
      ["/flags-api", "/api/rollease/health", 404],
      [undefined, "/api/rollease/health", 200],
      [undefined, "/api/rolleasehealth", 404],
      [undefined, "/health", 404],
    ] as const) {
      expect([path, (await call(path, {}, basePath === undefined ? {} : { basePath })).status]).toEqual([path, status]);
    }
  });

  it("says what is missing, and which methods a path has", async () => {
    expect(await json(call("/api/rollease/nothing"))).toEqual({ error: expect.any(String) as string, code: "NOT_FOUND" });
    const response = await call("/api/rollease/sync/pull", { method: "PUT" });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect(await response.json()).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
  });

  it("answers the probe with 503 while flags cannot be evaluated", async () => {
    expect((await call("/api/rollease/health")).status).toBe(200);
    core = createFakeCore({ unloaded: true });
    expect((await call("/api/rollease/health")).status).toBe(503);
  });

  it("lets pages of named origins call, and no others", async () => {
    const cors = { origin: ["https://shop.example"], credentials: true };
    const preflight = (origin: string): Promise<Response> =>
      call(
        "/api/rollease/sync/push",
        {
          method: "OPTIONS",
          headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "x-rollease-context" },
        },
        { cors },
      );
    const yes = await preflight("https://shop.example");
    expect([yes.status, yes.headers.get("access-control-allow-origin"), yes.headers.get("access-control-allow-headers")]).toEqual(
      [204, "https://shop.example", "x-rollease-context"],
    );
    expect((await preflight("https://evil.example")).headers.get("access-control-allow-origin")).toBeNull();
    const get = await call("/api/rollease/flags", { headers: { origin: "https://shop.example" } }, { cors });
    expect(get.headers.get("access-control-expose-headers")).toContain("x-rollease-time");
    expect(
      (await call("/api/rollease/flags", { headers: { origin: "https://shop.example" } })).headers.has(
        "access-control-allow-origin",
      ),
    ).toBe(false);
  });

  it("tells the caller nothing of what went wrong inside, and the log everything", async () => {
    const error = new Error("password=hunter2 in src/secret.ts");
    core.flags.evaluateAll = () => Promise.reject(error);
    const response = await call("/api/rollease/flags");
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: "Something went wrong on the server.", code: "INTERNAL" },
    ]);
    expect(core.logged.at(-1)).toMatchObject({ level: "error", meta: { error } });
  });

  it("is open to anybody with a warning, closed when told so, and in production only open when told so", async () => {
    createSyncHandler(core);
    expect(core.logged).toMatchObject([{ level: "warn" }]);
    expect((await call("/api/rollease/sync/pull", {}, { allowAnonymous: false })).status).toBe(401);
    expect((await call("/api/rollease/health", {}, { allowAnonymous: false })).status).toBe(200);
    vi.stubEnv("NODE_ENV", "production");
    expect(() => createSyncHandler(core)).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
    expect((await call("/api/rollease/sync/pull")).status).toBe(200);
  });
});
