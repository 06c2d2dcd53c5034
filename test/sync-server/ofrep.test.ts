import { describe, expect, it } from "vitest";
import { createSyncHandler, type HandlerOptions } from "rollease/server";
import type { RolleaseCore } from "../../src/server/types";
import { openRollease } from "../server/open-rollease";

const PATH = "/api/rollease/ofrep/v1/evaluate/flags";

interface Remote {
  readonly rl: RolleaseCore;
  ask(key: string | undefined, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

function open(options: HandlerOptions = {}): Remote {
  const rl = openRollease();
  const handler = createSyncHandler(rl, { allowAnonymous: true, ...options });
  return {
    rl,
    ask: (key, body, headers = {}) => {
      const url = `http://test${PATH}${key === undefined ? "" : `/${key}`}`;
      return handler(new Request(url, { method: "POST", headers, body: typeof body === "string" ? body : JSON.stringify(body) }));
    },
  };
}
const context = { targetingKey: "user-1", plan: "pro" };

describe("one flag", () => {
  it("is answered with key, reason, variant, value and metadata", async () => {
    const { rl, ask } = open();
    const rules = [{ id: "pros", conditions: { dimension: "plan", op: "eq", value: "pro" } as const, variantId: "big" }];
    const variants = [
      { key: "big", value: { size: 2 }, weight: 1 },
      { key: "small", value: { size: 1 }, weight: 1 },
    ];
    await rl.flags.create({ key: "layout", type: "multivariate", defaultValue: {}, variants, rules });
    const response = await ask("layout", { context });
    expect([response.status, response.headers.get("content-type"), await response.json()]).toEqual([
      200,
      "application/json",
      {
        key: "layout",
        reason: "TARGETING_MATCH",
        variant: "big",
        value: { size: 2 },
        metadata: { rolleaseReason: "rule_match", ruleId: "pros", version: 1 },
      },
    ]);
    expect(await (await ask("layout", { context: { targetingKey: "user-1" } })).json()).toMatchObject({ reason: "SPLIT" });
  });

  it("says in OpenFeature's words why", async () => {
    const { rl, ask } = open();
    const flag = { type: "boolean", defaultValue: false } as const;
    await rl.flags.create({ ...flag, key: "all", rollout: { percentage: 100 } });
    await rl.flags.create({ ...flag, key: "none" });
    await rl.flags.create({ ...flag, key: "mine", overrides: [{ scope: "user", id: "user-1", value: true }] });
    await rl.flags.create({ ...flag, key: "killed" });
    await rl.flags.kill("killed");
    const of = async (key: string): Promise<unknown> => {
      const { value, reason } = (await (await ask(key, { context })).json()) as { value: unknown; reason: string };
      return [value, reason];
    };
    expect([await of("all"), await of("none"), await of("mine"), await of("killed")]).toEqual([
      [true, "SPLIT"],
      [false, "DEFAULT"],
      [true, "TARGETING_MATCH"],
      [false, "DISABLED"],
    ]);
  });

  it("has no value where the caller's own default is to be used", async () => {
    const { rl, ask } = open();
    await rl.flags.create({ key: "f", type: "json", defaultValue: null });
    expect(await (await ask("f", { context })).json()).toEqual({
      key: "f",
      reason: "DEFAULT",
      metadata: { rolleaseReason: "default", version: 1 },
    });
  });

  it.each([
    ["{", "PARSE_ERROR"],
    ["", "PARSE_ERROR"],
    [[], "PARSE_ERROR"],
    [{ context: [] }, "INVALID_CONTEXT"],
    [{ context: { targetingKey: 1 } }, "INVALID_CONTEXT"],
    [{ context: { plan: "\0" } }, "INVALID_CONTEXT"],
    [{ context: {} }, "TARGETING_KEY_MISSING"],
    [{ context: { targetingKey: "" } }, "TARGETING_KEY_MISSING"],
    [{}, "TARGETING_KEY_MISSING"],
  ])("is refused with %j: %s", async (body, errorCode) => {
    const { rl, ask } = open();
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: false, rollout: { percentage: 50 } });
    const response = await ask("f", body);
    expect([response.status, await response.json()]).toEqual([
      400,
      { key: "f", errorCode, errorDetails: expect.any(String) as string },
    ]);
  });

  it("needs no targetingKey where nothing is divided by users", async () => {
    const { rl, ask } = open();
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: true });
    await rl.flags.create({ key: "g", type: "boolean", defaultValue: true, rollout: { percentage: 50, hashKey: "tenantId" } });
    for (const key of ["f", "g"]) expect((await ask(key, { context: {} })).status).toBe(200);
  });

  it("is not found where there is none, or none that clients may see", async () => {
    const { rl, ask } = open();
    await rl.flags.create({ key: "hidden", type: "boolean", defaultValue: true, clientVisible: false });
    for (const key of ["none", "hidden"]) {
      const response = await ask(key, { context });
      expect([response.status, await response.json()]).toEqual([
        404,
        { key, errorCode: "FLAG_NOT_FOUND", errorDetails: expect.any(String) as string },
      ]);
    }
  });

  it("wants a key where anonymous callers are not let in", async () => {
    expect((await open({ allowAnonymous: false }).ask("f", { context })).status).toBe(401);
  });

  it("believes the server about who somebody is", async () => {
    const { rl, ask } = open({ contextFromRequest: () => ({ userId: "user-2" }) });
    await rl.flags.create({
      key: "f",
      type: "boolean",
      defaultValue: false,
      overrides: [{ scope: "user", id: "user-2", value: true }],
    });
    expect(await (await ask("f", { context })).json()).toMatchObject({ value: true });
  });
});

describe("all flags", () => {
  it("are answered with a tag, by which nothing is sent that is known", async () => {
    const { rl, ask } = open();
    for (const key of ["b", "a"]) await rl.flags.create({ key, type: "string", defaultValue: key });
    await rl.flags.create({ key: "hidden", type: "boolean", defaultValue: true, clientVisible: false });
    const response = await ask(undefined, { context });
    const etag = response.headers.get("etag") ?? "";
    expect([response.status, etag]).toEqual([200, expect.stringMatching(/^"[0-9a-f]{32}"$/) as string]);
    expect(await response.json()).toEqual({
      flags: ["a", "b"].map((key) => ({
        key,
        reason: "DEFAULT",
        value: key,
        metadata: { rolleaseReason: "default", version: 1 },
      })),
    });
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const again = await ask(undefined, { context }, { "if-none-match": known });
      expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    }
    await rl.flags.update("a", { defaultValue: "c" });
    expect((await ask(undefined, { context }, { "if-none-match": etag })).status).toBe(200);
  });

  it("has another tag for another context that is served something else", async () => {
    const { rl, ask } = open();
    const rules = [{ conditions: { dimension: "plan", op: "eq", value: "pro" } as const, value: true }];
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: false, rules });
    const etag = (await ask(undefined, { context })).headers.get("etag") ?? "";
    expect((await ask(undefined, { context: { targetingKey: "user-2" } }, { "if-none-match": etag })).status).toBe(200);
  });

  it("says of a flag that cannot be divided why, and answers the others", async () => {
    const { rl, ask } = open();
    await rl.flags.create({ key: "a", type: "boolean", defaultValue: false, rollout: { percentage: 50 } });
    await rl.flags.create({ key: "b", type: "boolean", defaultValue: true });
    expect(await (await ask(undefined, { context: {} })).json()).toMatchObject({
      flags: [
        { key: "a", errorCode: "TARGETING_KEY_MISSING" },
        { key: "b", value: true },
      ],
    });
  });

  it.each([
    ["{", "PARSE_ERROR"],
    [{ context: "me" }, "INVALID_CONTEXT"],
  ])("are refused with %j: %s", async (body, errorCode) => {
    const response = await open().ask(undefined, body);
    expect([response.status, await response.json()]).toEqual([400, { errorCode, errorDetails: expect.any(String) as string }]);
  });
});
