import { beforeEach, describe, expect, it } from "vitest";
import { FlagConflictError, FlagLockedError, FlagNotFoundError, StorageError, ValidationError } from "../../src/errors";
import type { RolleaseCore } from "../../src/server/types";
import { createSyncHandler } from "../../sync-server/handler";
import type { HandlerOptions } from "../../sync-server/options";
import { createFakeCore, type FakeCore } from "./fake-core";

let core: FakeCore;
beforeEach(() => {
  core = createFakeCore();
});

function call(path: string, init: RequestInit = {}, options: HandlerOptions = {}): Promise<Response> {
  return createSyncHandler(core, { allowAnonymous: true, ...options })(new Request(`http://test${path}`, init));
}
const json = async (response: Promise<Response>): Promise<unknown> => (await response).json();

describe("admin routes", () => {
  const base = "/api/rollease";
  const routes: [method: string, path: string][] = [
    ["POST", "/flags"],
    ["PATCH", "/flags/a"],
    ["DELETE", "/flags/a"],
    ["POST", "/flags/a/kill"],
    ["GET", "/admin/flags"],
    ["POST", "/admin/flags"],
    ["GET", "/admin/flags/a"],
    ["PATCH", "/admin/flags/a"],
    ["DELETE", "/admin/flags/a"],
    ["POST", "/admin/flags/a/kill"],
    ["POST", "/admin/flags/a/restore"],
    ["POST", "/admin/flags/a/lock"],
    ["PUT", "/admin/flags/a/rollout"],
    ["GET", "/admin/flags/a/history"],
    ["GET", "/admin/flags/a/rules"],
    ["PUT", "/admin/flags/a/rules"],
    ["PATCH", "/admin/flags/a/rules/r"],
    ["DELETE", "/admin/flags/a/rules/r"],
    ["PUT", "/admin/flags/a/overrides"],
    ["DELETE", "/admin/flags/a/overrides"],
    ["GET", "/admin/segments"],
    ["POST", "/admin/segments"],
    ["PATCH", "/admin/segments/s"],
    ["DELETE", "/admin/segments/s"],
    ["GET", "/admin/layers"],
    ["POST", "/admin/layers"],
    ["PATCH", "/admin/layers/l"],
    ["DELETE", "/admin/layers/l"],
  ];

  it.each(routes)("are closed without a yes: %s %s", async (method, path) => {
    for (const options of [{}, { adminAuth: () => false }, { adminAuth: async () => "yes" as never }]) {
      const response = await call(`${base}${path}`, { method }, options);
      expect([response.status, await response.json()]).toMatchObject([401, { code: "UNAUTHORIZED" }]);
    }
  });

  const admin: HandlerOptions = { adminAuth: () => true, extractActor: () => ({ id: "alice", type: "user" }) };
  type Flags = RolleaseCore["flags"];
  function record(name: keyof Flags, answer: unknown = {}): unknown[] {
    const calls: unknown[] = [];
    Object.assign(core.flags, { [name]: async (...args: unknown[]) => (calls.push(...args), answer) });
    return calls;
  }
  const send = (method: string, path: string, body?: unknown): Promise<Response> =>
    call(`${base}${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) }, admin);
  const actor = { id: "alice", type: "user" };

  it("pass on what is asked, by whom and why", async () => {
    const created = record("create", { key: "a", version: 1 });
    const response = await send("POST", "/flags", { key: "a", type: "boolean", defaultValue: false, reason: "launch" });
    expect([response.status, await response.json()]).toEqual([201, { key: "a", version: 1, ts: expect.any(Number) as number }]);
    expect(created).toEqual([
      { key: "a", type: "boolean", defaultValue: false },
      { reason: "launch", actor },
    ]);

    const updated = record("update");
    await send("PATCH", "/admin/flags/a%2Fb", { description: null, tags: ["x"], ifVersion: 3 });
    expect(updated).toEqual(["a/b", { description: null, tags: ["x"] }, { ifVersion: 3, actor }]);

    const killed = record("kill");
    await send("POST", "/flags/a/kill", { reason: "fire", force: true });
    await send("POST", "/flags/a/kill");
    expect(killed).toEqual(["a", { reason: "fire", force: true, actor }, "a", { actor }]);

    const archived = record("archive");
    await send("DELETE", "/flags/a?reason=old");
    expect(archived).toEqual(["a", { reason: "old", actor }]);

    const deleted = record("delete");
    expect((await send("DELETE", "/admin/flags/a?permanent=true&confirm=a")).status).toBe(204);
    expect(deleted).toEqual(["a", { confirm: "a", actor }]);

    const locked = record("setLock");
    await send("POST", "/admin/flags/a/lock", { reason: "freeze" });
    expect(locked).toEqual(["a", { locked: true, reason: "freeze", actor }]);

    const rolled = record("setRollout");
    await send("PUT", "/admin/flags/a/rollout", { percentage: 12.5, sticky: true, reason: "ramp" });
    await send("DELETE", "/admin/flags/a/rollout");
    expect(rolled).toEqual(["a", { percentage: 12.5, sticky: true }, { reason: "ramp", actor }, "a", null, { actor }]);

    const removed = record("removeOverride");
    await send("DELETE", "/admin/flags/a/overrides?scope=user&id=u1");
    await send("DELETE", "/admin/flags/a/overrides", { scope: "tenant", id: "t1", reason: "done" });
    expect(removed).toEqual([
      "a",
      { scope: "user", id: "u1" },
      { actor },
      "a",
      { scope: "tenant", id: "t1" },
      { reason: "done", actor },
    ]);
  });

  it("list with filters and pages", async () => {
    const listed = record("list", { flags: [], total: 7, hasMore: true });
    expect(await json(send("GET", "/admin/flags?status=active,killed&tag=x&limit=5&offset=10&search=abc"))).toEqual({
      flags: [],
      total: 7,
      hasMore: true,
      ts: expect.any(Number) as number,
    });
    expect(listed).toEqual([{ status: ["active", "killed"], tag: "x", limit: 5, offset: 10, search: "abc" }]);
    record("getHistory", { items: [{ id: 1 }], total: 3 });
    expect(await json(send("GET", "/admin/flags/a/history?limit=1&offset=1"))).toMatchObject({
      history: [{ id: 1 }],
      total: 3,
      hasMore: true,
    });
  });

  it.each<[string, string, unknown]>([
    ["POST", "/flags", { key: "a", type: "boolean" }],
    ["POST", "/flags", { key: "a", type: "colour", defaultValue: 1 }],
    ["POST", "/flags", { key: "a", type: "boolean", defaultValue: false, percentge: 5 }],
    ["POST", "/flags", [1]],
    ["POST", "/flags", undefined],
    ["PATCH", "/flags/a", { rollout: { percentage: 101 } }],
    ["PATCH", "/flags/a", { description: "a\u0000b" }],
    ["PATCH", "/flags/a", { ifVersion: "1" }],
    ["POST", "/flags/a/kill", { force: "yes" }],
    ["PUT", "/admin/flags/a/rollout", { percentage: "5" }],
    ["POST", "/admin/flags/a/rules", { value: true }],
    ["PUT", "/admin/flags/a/overrides", { scope: "user", id: "u1" }],
    ["PUT", "/admin/flags/a/overrides", { scope: "planet", id: "u1", value: 1 }],
    ["DELETE", "/admin/flags/a/overrides", undefined],
    ["GET", "/admin/flags?limit=-1", undefined],
    ["GET", "/admin/flags?status=odd", undefined],
    ["POST", "/admin/segments", { key: "s" }],
    ["POST", "/admin/layers", { key: "l", allocations: [{ flagKey: "a", start: "0", end: 5 }] }],
  ])("refuse what has not the right shape: %s %s %j", async (method, path, body) => {
    const response = await send(method, path, body);
    expect([response.status, await response.json()]).toEqual([400, { error: expect.any(String) as string, code: "VALIDATION" }]);
  });

  it.each<[Error, number, string]>([
    [new FlagNotFoundError("a"), 404, "FLAG_NOT_FOUND"],
    [new FlagConflictError("a", "changed meanwhile"), 409, "FLAG_CONFLICT"],
    [new FlagLockedError("a", "freeze"), 423, "FLAG_LOCKED"],
    [new ValidationError([{ path: "rules[0]", message: "is odd" }]), 400, "VALIDATION"],
    [new StorageError("connection to 10.0.0.1 lost"), 503, "STORAGE"],
    [new TypeError("x is undefined"), 500, "INTERNAL"],
  ])("answer %s with the right status and no internals", async (error, status, code) => {
    Object.assign(core.flags, { archive: () => Promise.reject(error) });
    const response = await send("DELETE", "/flags/a");
    const body = (await response.json()) as { error: string; code: string };
    expect([response.status, body.code]).toEqual([status, code]);
    expect(body.error).not.toMatch(/10\.0\.0\.1|undefined/);
  });
});
