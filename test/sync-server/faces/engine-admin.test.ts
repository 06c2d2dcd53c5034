import { afterEach, describe, expect, it, vi } from "vitest";
import { CHECKOUT, openEngine } from "./open-engine";

afterEach(() => vi.unstubAllEnvs());

describe("who may change flags", () => {
  const writes = [
    ["POST", "/flags"],
    ["PUT", "/flags/f"],
    ["DELETE", "/flags/f"],
  ] as const;

  it("is whoever has the admin's token, where there is one", async () => {
    const { rl, send } = openEngine({ adminToken: "t" });
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: false });
    for (const [method, path] of writes) {
      expect((await send(method, path, {})).status).toBe(401);
      expect((await send(method, path, {}, { "x-admin-token": "u" })).status).toBe(401);
    }
    expect((await send("GET", "/flags/f/audit")).status).toBe(401);
    expect((await send("PUT", "/flags/f", { enabled: false }, { "x-admin-token": "t" })).status).toBe(200);
  });

  it("is anybody outside production, with a warning, and nobody in it", async () => {
    const warnings: string[] = [];
    const logging = { sink: (_: string, message: string) => void warnings.push(message) };
    expect((await openEngine({}, { logging }).send("POST", "/flags", { key: "f" })).status).toBe(201);
    expect(warnings.join()).toContain("whoever reaches this server may change flags");
    vi.stubEnv("NODE_ENV", "production");
    const { send } = openEngine({}, { logging });
    for (const [method, path] of writes) expect((await send(method, path, {})).status).toBe(401);
  });

  it("is no page of another site, where anybody may", async () => {
    const { send } = openEngine();
    expect((await send("POST", "/flags", { key: "f" }, { origin: "https://evil.example" })).status).toBe(401);
  });

  it("reads, as who is no admin, what clients may see", async () => {
    const { rl, send } = openEngine({ adminToken: "t" });
    await send("POST", "/flags", CHECKOUT, { "x-admin-token": "t" });
    await rl.flags.create({ key: "hidden", type: "boolean", defaultValue: false, clientVisible: false });
    const { body } = await send("GET", "/flags");
    expect(body).toMatchObject({ flags: [{ key: "checkout-v2", rules: [{ attribute: "plan" }] }], total: 1 });
    expect(JSON.stringify(body)).not.toContain("New checkout flow");
    expect((await send("GET", "/flags/hidden")).status).toBe(404);
    expect((await send("GET", "/flags/hidden", undefined, { "x-admin-token": "t" })).status).toBe(200);
  });
});
