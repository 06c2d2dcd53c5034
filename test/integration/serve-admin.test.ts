import { beforeAll, describe, expect, it } from "vitest";
import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { createSyncHandler, type SyncHandler } from "rollease/server";

type Body = Readonly<Record<string, unknown>>;

let handler: SyncHandler;
beforeAll(() => {
  const rl = createRollease({
    db: createMemoryAdapter(),
    secret: "a secret for admin routes",
    logging: { sink: () => undefined },
  });
  handler = createSyncHandler(rl, {
    allowAnonymous: true,
    adminAuth: () => true,
    extractActor: () => ({ id: "alice", type: "user", name: "Alice" }),
  });
});

async function ask(method: string, path: string, body?: unknown): Promise<Body & { readonly status: number }> {
  const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const response = await handler(new Request(`http://test/api/rollease${path}`, init));
  const text = await response.text();
  return { ...(text ? (JSON.parse(text) as Body) : {}), status: response.status };
}

describe("an admin, over HTTP", () => {
  it("leads a flag through its life, and history tells who did what and why", async () => {
    expect(await ask("POST", "/admin/flags", { key: "promo", type: "boolean", defaultValue: true })).toMatchObject({
      status: 201,
      version: 1,
    });
    expect(await ask("POST", "/admin/flags", { key: "promo", type: "boolean", defaultValue: true })).toMatchObject({
      status: 409,
      code: "FLAG_CONFLICT",
    });
    expect(await ask("PATCH", "/flags/promo", { description: "Spring", ifVersion: 1 })).toMatchObject({
      status: 200,
      version: 2,
    });
    expect(await ask("PATCH", "/flags/promo", { description: "Summer", ifVersion: 1 })).toMatchObject({ status: 409 });
    expect(await ask("POST", "/flags/promo/kill", { reason: "incident" })).toMatchObject({ status: 200, ["key"]: "promo" });
    expect(await ask("GET", "/flags/promo")).toMatchObject({ value: false, reason: "kill_switch" });
    expect(await ask("POST", "/admin/flags/promo/restore")).toMatchObject({ status: 200 });
    expect(await ask("POST", "/admin/flags/promo/lock", { reason: "freeze" })).toMatchObject({
      locked: true,
      lockedReason: "freeze",
    });
    expect(await ask("PATCH", "/admin/flags/promo", { description: "x" })).toMatchObject({ status: 423, code: "FLAG_LOCKED" });
    expect(await ask("POST", "/admin/flags/promo/kill", { force: true })).toMatchObject({ status: 200 });
    expect(await ask("POST", "/admin/flags/promo/lock", { locked: false })).toMatchObject({ status: 200 });
    expect(await ask("DELETE", "/flags/promo?reason=over")).toMatchObject({ status: 200 });
    const { history, total } = await ask("GET", "/admin/flags/promo/history?limit=3");
    expect(total).toBe(8);
    expect(history).toHaveLength(3);
    expect((history as Body[])[0]).toMatchObject({ by: { id: "alice", type: "user", name: "Alice" }, reason: "over" });
    expect(await ask("DELETE", "/admin/flags/promo?permanent=true&confirm=prom")).toMatchObject({ status: 400 });
    expect(await ask("DELETE", "/admin/flags/promo?permanent=true&confirm=promo")).toEqual({ status: 204 });
    expect(await ask("GET", "/admin/flags/promo")).toMatchObject({ status: 404, code: "FLAG_NOT_FOUND" });
  });

  it("shapes who gets what: segments, rules, overrides, rollouts, layers", async () => {
    await ask("POST", "/admin/flags", { key: "look", type: "string", defaultValue: "old" });
    expect(
      await ask("POST", "/admin/segments", { key: "staff", rules: { dimension: "userType", op: "eq", value: "internal" } }),
    ).toMatchObject({ status: 201 });
    const rule = await ask("POST", "/admin/flags/look/rules", { conditions: { segment: "staff" }, value: "new", reason: "try" });
    const other = await ask("POST", "/admin/flags/look/rules", { conditions: true, value: "other", priority: 5 });
    expect(rule.status).toBe(201);
    expect(await ask("DELETE", "/admin/segments/staff")).toMatchObject({ status: 400, code: "VALIDATION" });
    const forStaff = `/flags/look?context=${Buffer.from(JSON.stringify({ userType: "internal" })).toString("base64url")}`;
    expect(await ask("GET", forStaff)).toMatchObject({ value: "new", ruleId: rule["id"] });
    const ids = [other["id"], rule["id"]];
    expect(await ask("PUT", "/admin/flags/look/rules", { ruleIds: ids })).toMatchObject({
      rules: ids.map((id) => ({ id })),
      total: 2,
    });
    expect(await ask("GET", forStaff)).toMatchObject({ value: "other" });
    expect(await ask("PATCH", `/admin/flags/look/rules/${String(other["id"])}`, { enabled: false })).toMatchObject({
      status: 200,
    });
    expect(await ask("DELETE", `/admin/flags/look/rules/${String(rule["id"])}`)).toEqual({ status: 204 });
    expect(await ask("DELETE", "/admin/flags/look/rules/none")).toMatchObject({ status: 404, code: "RULE_NOT_FOUND" });
    expect(await ask("PUT", "/admin/flags/look/overrides", { scope: "user", id: "u1", value: "mine" })).toMatchObject({
      status: 200,
    });
    expect(await ask("GET", "/admin/flags/look/overrides")).toMatchObject({ overrides: [{ id: "u1", value: "mine" }], total: 1 });
    expect(await ask("DELETE", "/admin/flags/look/overrides?scope=user&id=u1")).toMatchObject({ status: 200 });
    expect(await ask("PUT", "/admin/flags/look/rollout", { percentage: 100, value: "rolled" })).toMatchObject({
      rollout: { percentage: 100 },
    });
    const layer = { key: "exclusive", allocations: [{ flagKey: "look", start: 0, end: 50 }] };
    expect(await ask("POST", "/admin/layers", layer)).toMatchObject({ status: 201 });
    expect(await ask("PATCH", "/admin/layers/exclusive", { name: "Only one" })).toMatchObject({ name: "Only one" });
    expect(await ask("GET", "/admin/layers")).toMatchObject({ layers: [{ key: "exclusive" }], total: 1 });
    expect(await ask("DELETE", "/admin/layers/exclusive")).toEqual({ status: 204 });
    expect(await ask("GET", "/admin/layers/exclusive")).toMatchObject({ status: 404 });
    expect(await ask("PATCH", "/admin/segments/staff", { name: "Staff" })).toMatchObject({ name: "Staff" });
    expect(await ask("GET", "/admin/segments")).toMatchObject({ segments: [{ key: "staff" }], total: 1 });
    expect(await ask("DELETE", "/admin/segments/staff")).toEqual({ status: 204 });
    expect(await ask("GET", "/admin/flags?search=LOO&limit=1")).toMatchObject({
      flags: [{ key: "look" }],
      total: 1,
      hasMore: false,
    });
  });
});
