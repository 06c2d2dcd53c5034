import { describe, expect, it } from "vitest";
import { INTERNAL } from "../../../src/server/types";
import { type Answer, CHECKOUT, type Engine, openEngine } from "./open-engine";

const text = expect.any(String) as string;

describe("the quick start", () => {
  it("makes, evaluates and audits a flag as the documentation shows", async () => {
    const { send, rl } = openEngine();
    const made = await send("POST", "/flags", CHECKOUT);
    const shown = {
      ...(JSON.parse(CHECKOUT) as object),
      rules: [{ id: text, attribute: "plan", operator: "eq", values: ["enterprise"], variant: "on", priority: 1 }],
      version: 1,
      createdAt: text,
      updatedAt: text,
    };
    expect(made).toEqual({ status: 201, body: shown });
    const [rule] = (made.body as { rules: { id: string }[] }).rules;

    expect(await send("POST", "/flags/checkout-v2/evaluate", `{"userId": "user-001", "plan": "enterprise"}`)).toEqual({
      status: 200,
      body: { flagKey: "checkout-v2", variant: "on", value: true, reason: "TARGETING_RULE", ruleId: rule?.id },
    });
    const single = await send(
      "POST",
      "/evaluate",
      `{"flagKey": "checkout-v2", "context": {"userId": "user-002", "plan": "free"}}`,
    );
    expect([
      { flagKey: "checkout-v2", variant: "on", value: true, reason: "ROLLOUT" },
      { flagKey: "checkout-v2", variant: "off", value: false, reason: "DEFAULT" },
    ]).toContainEqual(single.body);
    const batch = await send("POST", "/evaluate/batch", `{ "flagKeys": ["checkout-v2"], "context": {"userId": "user-003"} }`);
    expect(batch).toMatchObject({ status: 200, body: { results: [{ flagKey: "checkout-v2" }] } });

    await rl.close();
  });

  it("keeps an audit trail of changes and evaluations", async () => {
    const { send, rl } = openEngine({ extractActor: () => ({ id: "ada", type: "user" }) });
    await send("POST", "/flags", CHECKOUT);
    await send("PUT", "/flags/checkout-v2", { enabled: false });
    const row = { flagKey: "checkout-v2", userId: "user-001", value: true, variantKey: "on", reason: "rule_match" } as const;
    await rl[INTERNAL].db.transaction((tx) => tx.addImpressions([{ ...row, createdAt: "2030-01-01T00:00:00.000Z" }]));
    expect(await send("GET", "/flags/checkout-v2/audit")).toMatchObject({
      status: 200,
      body: {
        flagKey: "checkout-v2",
        entries: [
          { type: "evaluation", userId: "user-001", variant: "on", value: true, reason: "TARGETING_RULE", createdAt: text },
          { type: "change", action: "update", actor: "ada", before: { status: "active" }, after: { status: "killed" } },
          { type: "change", action: "create", actor: "ada", before: null },
        ],
      },
    });
    expect((await send("GET", "/flags/none/audit")).status).toBe(404);
  });

  it("is alive and ready", async () => {
    const { send } = openEngine();
    expect(await send("GET", "/health")).toEqual({ status: 200, body: { status: "ok" } });
    expect(await send("GET", "/ready")).toEqual({ status: 200, body: { status: "healthy" } });
  });
});

describe("evaluation", () => {
  const evaluate = async ({ send }: Engine, context: object, key = "f"): Promise<unknown> =>
    (await send("POST", `/flags/${key}/evaluate`, context)).body;

  it("serves `off` where a flag is disabled, whatever its rules and its default", async () => {
    const engine = openEngine();
    const rules = [{ attribute: "plan", operator: "eq", values: ["x"], variant: "on" }];
    await engine.send("POST", "/flags", { key: "f", enabled: false, rolloutPercentage: 100, rules, defaultVariant: "on" });
    const disabled = { flagKey: "f", variant: "off", value: false, reason: "FLAG_DISABLED" };
    expect(await evaluate(engine, { userId: "u", plan: "x" })).toEqual(disabled);
    expect(await engine.rl.flags.isEnabled("f", { userId: "u" })).toBe(false);
    await engine.send("PUT", "/flags/f", { enabled: true });
    expect(await evaluate(engine, { plan: "y" })).toEqual({ flagKey: "f", variant: "on", value: true, reason: "DEFAULT" });
    await engine.send("DELETE", "/flags/f");
    expect(await evaluate(engine, { userId: "u" })).toEqual(disabled);
  });

  it("lets the first rule by priority win", async () => {
    const engine = openEngine();
    const rule = (variant: string, priority: number): object => ({
      attribute: "n",
      operator: "gt",
      values: [1],
      variant,
      priority,
    });
    await engine.send("POST", "/flags", { key: "f", rules: [rule("late", 9), rule("early", 2), rule("middle", 5)] });
    expect(await evaluate(engine, { n: 2 })).toMatchObject({
      variant: "early",
      value: "early",
      reason: "TARGETING_RULE",
      ruleId: text,
    });
    expect(await evaluate(engine, { n: 1 })).toEqual({ flagKey: "f", variant: "off", value: false, reason: "DEFAULT" });
  });

  it("gives a percentage of users `on`, the same ones each time, and more when it is raised", async () => {
    const engine = openEngine();
    await engine.send("POST", "/flags", { key: "f", rolloutPercentage: 30 });
    const inside = async (): Promise<Set<number>> => {
      const users = Array.from({ length: 400 }, (_, n) => n);
      const answers = await Promise.all(users.map((n) => evaluate(engine, { userId: `u${n}` })));
      return new Set(users.filter((n) => (answers[n] as { variant: string; reason: string }).reason === "ROLLOUT"));
    };
    const first = await inside();
    expect(first.size).toBeGreaterThan(80);
    expect(first.size).toBeLessThan(160);
    expect(await inside()).toEqual(first);
    await engine.send("PUT", "/flags/f", { rolloutPercentage: 60 });
    const more = await inside();
    expect(more.size).toBeGreaterThan(first.size);
    expect([...first].every((n) => more.has(n))).toBe(true);
  });

  it("has a default that is a variant of its own", async () => {
    const engine = openEngine();
    expect((await engine.send("POST", "/flags", { key: "f", defaultVariant: "blue" })).status).toBe(201);
    expect(await evaluate(engine, {})).toEqual({ flagKey: "f", variant: "blue", value: "blue", reason: "DEFAULT" });
    await engine.send("PUT", "/flags/f", { defaultVariant: "green" });
    expect(await evaluate(engine, {})).toMatchObject({ variant: "green", value: "green" });
  });

  it("answers for each of several flags, and says which are missing", async () => {
    const { send } = openEngine();
    for (const key of ["a", "b"]) await send("POST", "/flags", { key, defaultVariant: "on" });
    const asked = { flagKeys: ["a", "none", "b", "a"], context: { userId: "u" } };
    expect((await send("POST", "/evaluate/batch", asked)).body).toEqual({
      results: ["a", "b"].map((flagKey) => ({ flagKey, variant: "on", value: true, reason: "DEFAULT" })),
      errors: [{ flagKey: "none", error: text }],
    });
    expect((await send("POST", "/evaluate", { flagKey: "none", context: {} })).status).toBe(404);
    expect((await send("POST", "/flags/none/evaluate", {})).status).toBe(404);
  });

  it.each([
    ["/evaluate", {}],
    ["/evaluate", { flagKey: 1 }],
    ["/evaluate/batch", { flagKeys: "a" }],
    ["/flags/a/evaluate", []],
    ["/flags/a/evaluate", "{"],
  ])("refuses at %s %j", async (path, body) => {
    expect(await openEngine().send("POST", path, body)).toMatchObject({ status: 400, body: { error: text } });
  });

  it("knows flags that were made elsewhere, and keeps those that clients may not see to admins", async () => {
    const { rl, send } = openEngine({ adminToken: "t" });
    await rl.flags.create({ key: "plain", type: "boolean", defaultValue: true });
    await rl.flags.create({ key: "text", type: "string", defaultValue: "v" });
    await rl.flags.create({ key: "hidden", type: "boolean", defaultValue: true, clientVisible: false });
    const ask = async (flagKey: string, headers = {}): Promise<Answer> =>
      send("POST", "/evaluate", { flagKey, context: { userId: "u" } }, headers);
    expect((await ask("plain")).body).toEqual({ flagKey: "plain", variant: "on", value: true, reason: "DEFAULT" });
    expect((await ask("text")).body).toEqual({ flagKey: "text", variant: "on", value: "v", reason: "DEFAULT" });
    expect((await ask("hidden")).status).toBe(404);
    expect((await ask("hidden", { "x-admin-token": "t" })).status).toBe(200);
  });
});

describe("flags", () => {
  it("are listed, read, changed and archived", async () => {
    const { send } = openEngine();
    await send("POST", "/flags", CHECKOUT);
    await send("POST", "/flags", { key: "other" });
    expect((await send("GET", "/flags")).body).toMatchObject({
      flags: [{ key: "checkout-v2" }, { key: "other", enabled: true, rolloutPercentage: 0, rules: [], defaultVariant: "off" }],
      total: 2,
      hasMore: false,
    });
    const changed = await send("PUT", "/flags/checkout-v2", { enabled: false, rolloutPercentage: 75 });
    expect(changed).toMatchObject({
      status: 200,
      body: { enabled: false, rolloutPercentage: 75, name: "Checkout V2", version: 2 },
    });
    expect((await send("GET", "/flags/checkout-v2")).body).toEqual(changed.body);
    expect((await send("PUT", "/flags/checkout-v2", changed.body)).body).toMatchObject({ version: 3 });
    expect(await send("DELETE", "/flags/checkout-v2")).toMatchObject({ status: 200, body: { archived: true } });
    expect((await send("GET", "/flags")).body).toMatchObject({ flags: [{ key: "other" }], total: 1 });
    expect((await send("POST", "/flags", CHECKOUT)).status).toBe(409);
    for (const [method, path] of [
      ["GET", "/flags/none"],
      ["PUT", "/flags/none"],
      ["DELETE", "/flags/none"],
    ] as const)
      expect((await send(method, path, method === "PUT" ? {} : undefined)).status).toBe(404);
  });

  it.each([
    [{ attribute: "plan", operator: "eq", values: ["a", "b"] }, { plan: "b" }, { plan: "c" }],
    [{ attribute: "plan", operator: "neq", values: ["a", "b"] }, { plan: "c" }, { plan: "b" }],
    [{ attribute: "plan", operator: "in", values: ["a", "b"] }, { plan: "b" }, { plan: "c" }],
    [{ attribute: "plan", operator: "not_in", values: ["a", "b"] }, { plan: "c" }, { plan: "a" }],
    [{ attribute: "email", operator: "ends_with", values: ["@a.org", "@b.org"] }, { email: "x@b.org" }, { email: "x@c.org" }],
    [{ attribute: "age", operator: "gte", values: [18] }, { age: 18 }, { age: 17 }],
    [{ attribute: "plan", operator: "exists", values: [true] }, { plan: null, region: 1 }, {}],
    [{ attribute: "userId", operator: "starts_with", values: ["test-"] }, { userId: "test-1" }, { userId: "1" }],
    [{ attribute: "region", operator: "eq", values: ["eu"] }, { region: "eu" }, { region: "us" }],
  ])("keep the rule %j as it was written", async (rule, yes, no) => {
    const { send } = openEngine();
    const rules = [{ id: "r", ...rule, variant: "on", priority: 3 }];
    expect((await send("POST", "/flags", { key: "f", rules })).body).toMatchObject({ rules });
    expect((await send("GET", "/flags/f")).body).toMatchObject({ rules });
    const variantFor = async (context: object): Promise<unknown> =>
      ((await send("POST", "/flags/f/evaluate", context)).body as { variant: string }).variant;
    if (rule.operator !== "exists") expect(await variantFor(yes)).toBe("on");
    expect(await variantFor(no)).toBe("off");
  });

  it("are flags like all others: edited elsewhere, they are read back", async () => {
    const { rl, send } = openEngine();
    await send("POST", "/flags", CHECKOUT);
    expect(await rl.flags.evaluate("checkout-v2", { attributes: { plan: "enterprise" } })).toMatchObject({
      value: true,
      variant: "on",
    });
    const both = {
      all: [
        { dimension: "plan", op: "eq", value: "pro" },
        { dimension: "age", op: "gt", value: 3 },
      ],
    } as const;
    const rule = await rl.flags.addRule("checkout-v2", { conditions: both, variantId: "off" });
    const { body } = await send("GET", "/flags/checkout-v2");
    expect(body).toMatchObject({ rules: [{ attribute: "plan" }, { id: rule.id, conditions: both, variant: "off" }] });
    expect((await send("PUT", "/flags/checkout-v2", body)).body).toMatchObject({
      version: 3,
      rules: (body as { rules: object[] }).rules,
    });
  });

  it("of other types take what has a meaning for them", async () => {
    const { rl, send } = openEngine();
    await rl.flags.create({ key: "f", type: "boolean", defaultValue: false });
    const rules = [{ id: "r", attribute: "plan", operator: "eq", values: ["x"], variant: "on", priority: 0 }];
    expect((await send("PUT", "/flags/f", { rules, defaultVariant: "off", rolloutPercentage: 5 })).body).toMatchObject({
      rules,
      rolloutPercentage: 5,
    });
    expect(await rl.flags.get("f")).toMatchObject({ type: "boolean", defaultValue: false, rules: [{ value: true }] });
    expect((await send("PUT", "/flags/f", { defaultVariant: "blue" })).status).toBe(400);
  });

  it.each([
    [{}],
    [{ key: "not a key" }],
    [{ key: "f", rolloutPercentage: 101 }],
    [{ key: "f", rules: [{ attribute: "a", operator: "like", values: ["b"], variant: "on" }] }],
    [{ key: "f", rules: [{ attribute: "a", operator: "eq", values: [], variant: "on" }] }],
    [{ key: "f", rules: [{ attribute: "a", operator: "eq", values: ["b"] }] }],
    [{ key: "f", unknown: 1 }],
    [{ key: "f", name: "\0" }],
  ])("that are none are refused: %j", async (body) => {
    expect(await openEngine().send("POST", "/flags", body)).toMatchObject({ status: 400, body: { error: text } });
  });
});
