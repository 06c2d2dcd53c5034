import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { bearer, byKey, callerOf, claim, flag, open, SECRET, SHOP } from "./keyed-caller";

describe("a page", () => {
  const preflight = { method: "OPTIONS" };
  const asking = { "access-control-request-method": "POST", "access-control-request-headers": "x-rollease-client-key" };

  it("of an origin that the key is not for gets 403, be it told by the key's own or by another's page", async () => {
    const rl = open();
    const call = callerOf(rl);
    const { key } = await rl.keys.create({ name: "shop", kind: "client", origins: [SHOP] });
    await rl.keys.create({ name: "blog", kind: "client", origins: ["https://blog.example"] });
    for (const path of ["/sync/pull", "/sync/stream", "/flags"]) {
      const allowed = await call(path, { ...byKey(key), origin: SHOP });
      expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([200, SHOP]);
      expect(allowed.headers.get("vary")).toContain("Origin");
      expect(allowed.headers.has("access-control-allow-credentials")).toBe(false);
      await allowed.body?.cancel();
      for (const origin of ["https://evil.example", "https://blog.example", "null", `${SHOP}.evil.example`])
        expect([origin, (await call(path, { ...byKey(key), origin })).status]).toEqual([origin, 403]);
    }
    // Whoever is no page names no origin.
    expect((await call("/sync/pull", byKey(key))).status).toBe(200);
  });

  it("is answered before it asks, where a key is for its origin, and can read why it is refused", async () => {
    const rl = open();
    const call = callerOf(rl, { cors: { credentials: true, maxAgeSec: 5 } });
    await rl.keys.create({ name: "shop", kind: "client", origins: [SHOP] });
    const yes = await call("/sync/push", { ...asking, origin: SHOP }, preflight);
    expect([yes.status, yes.headers.get("vary")]).toEqual([204, expect.stringContaining("Origin") as string]);
    expect(Object.fromEntries(yes.headers)).toMatchObject({
      "access-control-allow-origin": SHOP,
      "access-control-allow-headers": "x-rollease-client-key",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "5",
    });
    const no = await call("/sync/push", { ...asking, origin: "https://evil.example" }, preflight);
    expect([no.headers.get("access-control-allow-origin"), no.headers.get("access-control-allow-credentials")]).toEqual([
      null,
      null,
    ]);
    const refused = await call("/sync/pull", { ...byKey("rl_client_wrong"), origin: SHOP });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, SHOP]);
  });

  it("of any origin may use a key that names none, but never with cookies", async () => {
    const rl = open();
    const call = callerOf(rl, { cors: { credentials: true } });
    const { key } = await rl.keys.create({ name: "anywhere", kind: "client" });
    const { headers, status } = await call("/sync/pull", { ...byKey(key), origin: "https://any.example" });
    expect([status, headers.get("access-control-allow-origin"), headers.get("access-control-allow-credentials")]).toEqual([
      200,
      "https://any.example",
      null,
    ]);
  });

  it("that has to prove its user neither reads nor writes anybody's assignments without proof", async () => {
    const rl = open();
    await flag(rl, "sticky", { rollout: { percentage: 100, sticky: true } });
    const { key } = await rl.keys.create({ name: "web", kind: "client" });
    const call = callerOf(rl, { identity: "verified" });
    const hash = (user: string): string => createHmac("sha256", SECRET).update(user).digest("hex");
    const as = (user: string, proof?: string): Record<string, string> => ({
      ...byKey(key),
      ...claim({ userId: user }),
      ...(proof !== undefined && { "x-rollease-user-hash": proof }),
    });
    let serial = 0;
    const push = async (headers: Record<string, string>, unit: string): Promise<unknown> => {
      const id = `0197b6a0-0000-7000-8000-${String(++serial).padStart(12, "0")}`;
      const entry = { id, type: "assignment", flagKey: "sticky", unit, variantKey: "on", at: "2026-06-01T00:00:00.000Z" };
      const response = await call("/sync/push", headers, { method: "POST", body: JSON.stringify({ batch: [entry] }) });
      const { results } = (await response.json()) as { results: { status: string; error?: string }[] };
      return results[0]?.error ?? results[0]?.status;
    };
    for (const proof of [undefined, hash("u2"), hash("u1").slice(1), "zz".repeat(32)]) {
      expect(await push(as("u1", proof), "u1")).toBe("forbidden");
      expect((await call("/sync/assignments", as("u1", proof))).status).toBe(403);
      expect((await (await call("/flags", as("u1", proof))).json()) as object).toMatchObject({
        flags: { sticky: { value: false } },
      });
    }
    expect(await rl.flags.getUserAssignments("u1")).toEqual({});
    expect(await push(as("u1", hash("u1")), "u1")).toBe("applied");
    expect(await push(as("u1", hash("u1")), "u2")).toBe("forbidden");
    const own = await call("/sync/assignments", as("u1", hash("u1").toUpperCase()));
    expect(await own.json()).toEqual({ assignments: { sticky: "on" } });
    expect((await call("/sync/assignments", byKey(key))).status).toBe(200);

    const server = await rl.keys.create({ name: "api", kind: "server" });
    expect(await (await call("/sync/assignments", { ...bearer(server.key), ...claim({ userId: "u1" }) })).json()).toEqual({
      assignments: { sticky: "on" },
    });
    const known = callerOf(rl, { identity: "verified", contextFromRequest: () => ({ userId: "u1" }) });
    expect(await (await known("/sync/assignments", as("u2"))).json()).toEqual({ assignments: { sticky: "on" } });
  });
});
