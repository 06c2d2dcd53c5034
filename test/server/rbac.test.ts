import {
  createDefaultRBACPolicy,
  createRBACAdminAuth,
  createRBACHook,
  createRollease,
  ForbiddenError,
  isPermitted,
  type AuditActor,
} from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, onTestFinished } from "vitest";
import { openRollease, SECRET } from "./open-rollease";

const plain = { key: "f", type: "boolean", defaultValue: false } as const;
const actorOf = (...roles: string[]): AuditActor => ({ id: `the-${roles.join("-")}`, type: "user", roles });
const policy = createDefaultRBACPolicy();

describe("permissions", () => {
  it.each([
    [["viewer"], "flags:read", true],
    [["viewer"], "flags:update", false],
    [["editor"], "flags:create", true],
    [["editor"], "flags:kill", false],
    [["operator"], "flags:kill", true],
    [["operator"], "flags:update", false],
    [["viewer", "operator"], "releases:rollback", true],
    [["admin"], "users:forget", true],
    [["constructor"], "flags:read", false],
    [[], "flags:read", false],
  ] as const)("of %j: %s is %s", (roles, permission, expected) => {
    expect(isPermitted(policy, actorOf(...roles), permission)).toBe(expected);
  });

  it("of nobody are none, and an actor's own count beside those of its roles", () => {
    expect(isPermitted(policy, undefined, "flags:read")).toBe(false);
    const actor: AuditActor = { id: "ci", type: "service", permissions: ["flags:create", "segments:*"] };
    expect(["flags:create", "segments:write", "flags:kill"].map((each) => isPermitted(policy, actor, each))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe("the hook", () => {
  it("refuses what the actor may not do, and nothing is changed", async () => {
    const rl = openRollease({ hooks: { onBeforeMutation: createRBACHook() } });
    await rl.flags.create(plain, { actor: actorOf("editor") });
    for (const actor of [undefined, actorOf("viewer"), actorOf("editor")]) {
      const killing = rl.flags.kill("f", actor && { actor });
      await expect(killing).rejects.toBeInstanceOf(ForbiddenError);
      await expect(killing).rejects.toMatchObject({
        code: "FORBIDDEN",
        message: expect.stringContaining("flags:kill") as string,
      });
    }
    await rl.flags.kill("f", { actor: actorOf("operator") });
    await expect(rl.flags.delete("f", { confirm: "f", actor: actorOf("operator") })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await rl.flags.delete("f", { confirm: "f", actor: actorOf("admin") });
    expect((await rl.flags.getHistory()).items.map(({ action }) => action)).toEqual(["delete", "kill", "create"]);
    expect(JSON.stringify(await rl.flags.getHistory())).not.toContain("roles");
  });

  it("follows a policy of one's own", async () => {
    const own = { roles: { qa: ["flags:toggle"] }, actions: { kill: "flags:toggle" } };
    const rl = openRollease({ hooks: { onBeforeMutation: createRBACHook(own) } });
    await expect(rl.flags.create(plain, { actor: actorOf("qa") })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(rl.flags.kill("f", { actor: actorOf("qa") })).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
  });
});

describe("over HTTP", () => {
  const extractActor = (request: Request): AuditActor | undefined => {
    const role = request.headers.get("x-role");
    return role === null ? undefined : actorOf(role);
  };

  it("whoever may not read is turned away at the door, and whoever may not write at the action", async () => {
    const rl = createRollease({
      db: createMemoryAdapter(),
      secret: SECRET,
      hooks: { onBeforeMutation: createRBACHook() },
      logging: { sink: () => undefined },
    });
    onTestFinished(() => rl.close());
    const handler = rl.createHandler({ adminAuth: createRBACAdminAuth({ extractActor }), extractActor });
    const call = async (method: string, path: string, role?: string, body?: object) => {
      const headers = { "content-type": "application/json", ...(role !== undefined && { "x-role": role }) };
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
      const response = await handler(new Request(`http://test/api/rollease${path}`, init));
      return [response.status, ((await response.json()) as { code?: string }).code];
    };
    expect(await call("GET", "/admin/flags")).toEqual([401, "UNAUTHORIZED"]);
    expect(await call("GET", "/admin/flags", "viewer")).toEqual([200, undefined]);
    expect(await call("POST", "/admin/flags", "viewer", plain)).toEqual([401, "UNAUTHORIZED"]);
    expect(await call("POST", "/admin/flags", "operator", plain)).toEqual([403, "FORBIDDEN"]);
    expect((await call("POST", "/admin/flags", "editor", plain))[0]).toBe(201);
    expect(await call("POST", "/admin/flags/f/kill", "editor", {})).toEqual([403, "FORBIDDEN"]);
    expect((await call("POST", "/admin/flags/f/kill", "operator", {}))[0]).toBe(200);
  });

  it("a hook's own error is a refusal, whose words stay on the server", async () => {
    const onBeforeMutation = (): void => {
      throw new Error("the internal reason");
    };
    const rl = createRollease({ db: createMemoryAdapter(), secret: SECRET, hooks: { onBeforeMutation } });
    onTestFinished(() => rl.close());
    const handler = rl.createHandler({ adminAuth: () => true });
    const body = JSON.stringify(plain);
    const headers = { "content-type": "application/json" };
    const response = await handler(new Request("http://test/api/rollease/flags", { method: "POST", body, headers }));
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ error: "This is not allowed.", code: "FORBIDDEN" });
    await expect(rl.flags.create(plain)).rejects.toThrow("the internal reason");
  });
});
