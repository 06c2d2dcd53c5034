import { beforeEach, describe, expect, it } from "vitest";
import { createPrometheusAdapter } from "../../adapters/telemetry/prometheus";
import { createSyncHandler } from "../../sync-server/handler";
import { noteAddress } from "../../sync-server/client-address";
import type { HandlerOptions } from "../../sync-server/options";
import type { RolleaseCore } from "../../src/server/types";
import { openRollease } from "../server/open-rollease";

let rl: RolleaseCore;
beforeEach(async () => {
  rl = openRollease();
  await rl.flags.create({ key: "banner", type: "boolean", defaultValue: false, tags: ["web"] });
  await rl.flags.create({ key: "checkout", type: "boolean", defaultValue: true });
});

const admin: HandlerOptions = {
  allowAnonymous: true,
  adminAuth: () => true,
  extractActor: () => ({ id: "alice", type: "user" }),
};

async function send(method: string, path: string, body?: unknown, options = admin): Promise<{ status: number; body: never }> {
  const request = new Request(`http://test/api/rollease${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await createSyncHandler(rl, options)(request);
  const text = await response.text();
  return { status: response.status, body: (text.startsWith("{") ? JSON.parse(text) : text) as never };
}

describe("releases by HTTP", () => {
  const changes = [
    { flagKey: "banner", action: "set_value", value: true },
    { flagKey: "checkout", action: "set_status", value: "killed" },
  ];

  it("are created, previewed, deployed and rolled back", async () => {
    const made = await send("POST", "/admin/releases", { name: "Spring", changes, reason: "it is time" });
    expect(made).toMatchObject({ status: 201, body: { name: "Spring", status: "pending" } });
    const { id } = made.body as { id: string };
    const preview = await send("GET", `/admin/releases/${id}/preview`);
    expect(preview).toMatchObject({
      status: 200,
      body: { flags: [{ flagKey: "banner" }, { flagKey: "checkout" }], problems: [] },
    });
    expect(await send("POST", `/admin/releases/${id}/deploy`)).toMatchObject({ status: 200, body: { status: "deployed" } });
    expect(await rl.flags.isEnabled("banner", {})).toBe(true);
    expect(await send("POST", `/admin/releases/${id}/deploy`)).toMatchObject({
      status: 409,
      body: { code: "RELEASE_CONFLICT" },
    });
    expect(await send("POST", `/admin/releases/${id}/rollback`, { force: true })).toMatchObject({ status: 200 });
    expect(await rl.flags.isEnabled("checkout", {})).toBe(true);
    const { items } = await rl.flags.getHistory({ releaseId: id });
    expect(new Set(items.map(({ by }) => by?.id))).toEqual(new Set(["alice"]));
  });

  it("wait for a yes where one is required, and end with a no", async () => {
    const { body } = await send("POST", "/admin/releases", { name: "Careful", changes, requiresApproval: true });
    const { id } = body as { id: string };
    expect(await send("POST", `/admin/releases/${id}/deploy`)).toMatchObject({ status: 409 });
    expect(await send("POST", `/admin/releases/${id}/approve`)).toMatchObject({ body: { status: "approved" } });
    expect(await send("PATCH", `/admin/releases/${id}`, { description: "better said" })).toMatchObject({ status: 200 });
    expect(await send("POST", `/admin/releases/${id}/reject`, { reason: "no" })).toMatchObject({ body: { status: "rejected" } });
    expect(await send("GET", "/admin/releases?status=rejected")).toMatchObject({ body: { total: 1, hasMore: false } });
  });

  it.each([
    ["no changes", { name: "x", changes: [] }, "changes"],
    ["an action that there is not", { name: "x", changes: [{ flagKey: "banner", action: "explode" }] }, "changes.0.action"],
    ["a value of the wrong kind", { name: "x", changes: [{ flagKey: "banner", action: "set_status", value: 7 }] }, "changes.0"],
    ["a time that is none", { name: "x", changes, scheduledAt: "tomorrow" }, "scheduledAt"],
  ])("are refused with %s, naming the field", async (_, body, field) => {
    const refused = await send("POST", "/admin/releases", body);
    expect(refused).toMatchObject({ status: 400, body: { code: "VALIDATION" } });
    expect((refused.body as { error: string }).error).toContain(field);
  });

  it("that are not there are 404", async () => {
    const id = crypto.randomUUID();
    for (const path of ["", "/preview"]) expect((await send("GET", `/admin/releases/${id}${path}`)).status).toBe(404);
    for (const verb of ["approve", "reject", "deploy", "rollback"])
      expect(await send("POST", `/admin/releases/${id}/${verb}`)).toMatchObject({
        status: 404,
        body: { code: "RELEASE_NOT_FOUND" },
      });
  });
});

describe("keys by HTTP", () => {
  it("are told once, listed without themselves, rotated and revoked", async () => {
    const made = await send("POST", "/admin/keys", { name: "shop", kind: "client", origins: ["https://shop.example"] });
    expect(made.status).toBe(201);
    const { id, key } = made.body as { id: string; key: string };
    expect(key).toMatch(/^rl_client_/);
    expect(JSON.stringify(await send("GET", "/admin/keys"))).not.toContain(key);
    const rotated = await send("POST", `/admin/keys/${id}/rotate`, { graceMs: 0 });
    expect(rotated).toMatchObject({ status: 201, body: { kind: "client", origins: ["https://shop.example"] } });
    expect(await send("DELETE", `/admin/keys/${id}`, { reason: "leaked" })).toMatchObject({
      body: { revokedAt: expect.any(String) as string },
    });
    const { items } = await rl.flags.getHistory({});
    expect(items[0]).toMatchObject({ action: "revoke_key", reason: "leaked", by: { id: "alice" } });
  });

  it("of a kind that there is not are refused", async () => {
    expect(await send("POST", "/admin/keys", { name: "x", kind: "root" })).toMatchObject({ status: 400 });
    expect(await send("POST", "/admin/keys", { name: "x", kind: "server", origins: ["https://a.example"] })).toMatchObject({
      status: 400,
    });
  });
});

describe("what is done to many flags", () => {
  it("kills all, and restores what it killed", async () => {
    const killed = await send("POST", "/admin/kill-all", { tag: "web", reason: "fire" });
    expect(killed).toMatchObject({ status: 200, body: { changed: [{ key: "banner", status: "killed" }], skipped: [] } });
    expect(await send("POST", "/admin/restore-all")).toMatchObject({ body: { changed: [{ key: "banner", status: "active" }] } });
  });

  it("tags, clones, and says what is stale and who uses a segment", async () => {
    expect(await send("POST", "/admin/flags/banner/tags", { tags: ["new"] })).toMatchObject({ body: { tags: ["web", "new"] } });
    expect(await send("DELETE", "/admin/flags/banner/tags", { tags: ["web"] })).toMatchObject({ body: { tags: ["new"] } });
    const clone = await send("POST", "/admin/flags/banner/clone", { key: "banner-2", description: "again" });
    expect(clone).toMatchObject({ status: 201, body: { key: "banner-2", tags: ["new"] } });
    expect(await send("GET", "/admin/stale?unchangedForDays=0")).toMatchObject({
      status: 200,
      body: { total: expect.any(Number) as number },
    });
    await rl.flags.createSegment({ key: "staff", rules: { dimension: "email", op: "endsWith", value: "@a.example" } });
    expect(await send("GET", "/admin/segments/staff/usage")).toMatchObject({ body: { flags: [], segments: [] } });
  });

  it("reads history and forgets a user", async () => {
    await rl.flags.setOverride("banner", { scope: "user", id: "u1", value: true });
    expect(await send("GET", "/admin/history?flagKey=banner&limit=1")).toMatchObject({ body: { total: 2, hasMore: true } });
    expect(await send("DELETE", "/admin/users/u1", { reason: "asked to" })).toMatchObject({ body: { overrides: 1 } });
    expect(JSON.stringify(await rl.flags.getHistory({}))).not.toContain("u1");
    expect(await send("GET", "/admin/users/u1/assignments")).toMatchObject({ body: { assignments: {} } });
    expect(await send("POST", "/admin/retention")).toMatchObject({ status: 200, body: { impressions: 0 } });
    expect(await send("GET", "/admin/impressions?limit=5")).toMatchObject({ status: 200, body: { impressions: [] } });
  });
});

describe("who may look", () => {
  it("sees metrics as an admin alone, and only where there are any", async () => {
    expect((await send("GET", "/metrics", undefined, { allowAnonymous: true })).status).toBe(401);
    expect((await send("GET", "/metrics")).status).toBe(404);
    rl = openRollease({ metrics: createPrometheusAdapter() });
    await rl.flags.create({ key: "a", type: "boolean", defaultValue: true });
    await rl.flags.isEnabled("a", {});
    const { status, body } = await send("GET", "/metrics");
    expect(status).toBe(200);
    expect(body).toContain("# TYPE rollease_evaluations_total counter");
  });

  it("sees health where `healthAuth` says yes", async () => {
    const options: HandlerOptions = { ...admin, healthAuth: ({ headers }) => headers.get("x-probe") === "yes" };
    expect((await send("GET", "/health", undefined, options)).status).toBe(401);
    const request = new Request("http://test/api/rollease/health", { headers: { "x-probe": "yes" } });
    expect((await createSyncHandler(rl, options)(request)).status).toBe(200);
  });

  it.each([
    ["10.1.2.3", 200],
    ["::ffff:10.1.2.3", 200],
    ["2001:db8::7", 200],
    ["192.0.2.1", 403],
    ["", 403],
    [undefined, 403],
  ])("is an admin from an allowed address alone: %s", async (address, status) => {
    const options: HandlerOptions = { ...admin, adminIPAllowlist: ["10.0.0.0/8", "2001:db8::/32"] };
    expect((await send("GET", "/admin/flags", undefined, { ...options, clientIp: () => address })).status).toBe(status);
    const request = new Request("http://test/api/rollease/admin/flags");
    noteAddress(request, address);
    expect((await createSyncHandler(rl, options)(request)).status).toBe(status);
  });

  it("learns at once that the list of addresses is wrong", () => {
    expect(() => createSyncHandler(rl, { ...admin, adminIPAllowlist: ["10.0.0.0/8", "localhost"] })).toThrow(
      "adminIPAllowlist[1]",
    );
  });
});
