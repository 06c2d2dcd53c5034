import { describe, expect, it } from "vitest";
import { createServiceHandler, type FaceOptions } from "rollease/server";
import type { RolleaseConfig } from "../../../src/server/config-types";
import type { RolleaseCore } from "../../../src/server/types";
import { openRollease } from "../../server/open-rollease";

const TOKEN = "your-secret-admin-token";

interface Service {
  readonly rl: RolleaseCore;
  evaluate(body: unknown): Promise<{ status: number; body: unknown }>;
  change(id: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<{ status: number; body: ServiceBody }>;
  audit(id: string): Promise<unknown>;
}
interface ServiceBody {
  readonly error?: string;
  readonly flag: { readonly id: string; readonly version: number };
}

function open(options: FaceOptions = { adminToken: TOKEN }, config: Partial<RolleaseConfig> = {}): Service {
  const rl = openRollease(config);
  const handler = createServiceHandler(rl, options);
  async function send(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const sent = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const response = await handler(
      new Request(`http://localhost:3000${path}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...sent,
      }),
    );
    return { status: response.status, body: (await response.json()) as never };
  }
  return {
    rl,
    evaluate: (body) => send("POST", "/api/evaluate", body),
    change: (id, body, headers = { "x-admin-token": TOKEN }) => send("PUT", `/api/admin/flags/${id}`, body, headers),
    audit: async (id) => (await send("GET", `/api/admin/flags/${id}/audit`, undefined, { "x-admin-token": TOKEN })).body,
  };
}

const flag = { type: "boolean", defaultValue: false } as const;
const user = (fields: object = {}): object => ({ environment: "prod", user: { id: "user-123", ...fields } });

describe("POST /api/evaluate", () => {
  it("answers as the documentation shows", async () => {
    const { rl, change, evaluate } = open();
    await rl.flags.create({ ...flag, key: "new_checkout_flow" });
    await rl.flags.create({ ...flag, key: "dark_mode" });
    await change("new_checkout_flow", { rules: [{ field: "email", operator: "ends_with", value: "@example.com" }] });
    const request = `{
      "environment": "prod",
      "user": {
        "id": "user-123",
        "email": "john@example.com",
        "country": "US",
        "attributes": { "plan": "premium", "role": "admin" }
      }
    }`;
    expect(await evaluate(request)).toEqual({
      status: 200,
      body: {
        results: [
          { flagKey: "new_checkout_flow", enabled: true, reason: "RULE_MATCH" },
          { flagKey: "dark_mode", enabled: false, reason: "NO_MATCH" },
        ],
      },
    });
    expect((await evaluate(user({ email: "john@example.com", country: "US" }))).status).toBe(200);
  });

  it("says of every flag why: disabled, a rule, the percentage, or nothing", async () => {
    const { rl, change, evaluate } = open();
    for (const key of ["off", "ruled", "everybody", "nobody"]) await rl.flags.create({ ...flag, key });
    await change("off", { enabled: false, rolloutPercentage: 100, rules: [] });
    await change("ruled", { enabled: true, rolloutPercentage: 100, rules: [{ field: "id", operator: "eq", value: "user-123" }] });
    await change("everybody", { enabled: true, rolloutPercentage: 100, rules: [] });
    await change("nobody", { enabled: true, rolloutPercentage: 0, rules: [] });
    expect((await evaluate(user())).body).toEqual({
      results: [
        { flagKey: "off", enabled: false, reason: "FLAG_DISABLED" },
        { flagKey: "ruled", enabled: true, reason: "RULE_MATCH" },
        { flagKey: "everybody", enabled: true, reason: "PERCENTAGE_ROLLOUT" },
        { flagKey: "nobody", enabled: false, reason: "NO_MATCH" },
      ],
    });
  });

  it("gives a percentage of users the flag, and each the same each time", async () => {
    const { rl, change, evaluate } = open();
    await rl.flags.create({ ...flag, key: "new_checkout_flow" });
    await change("new_checkout_flow", { enabled: true, rolloutPercentage: 20, rules: [] });
    const ask = async (n: number): Promise<boolean> => {
      const { body } = await evaluate(user({ id: `user-${n}` }));
      return (body as { results: { enabled: boolean }[] }).results[0]?.enabled === true;
    };
    const first = await Promise.all(Array.from({ length: 1000 }, (_, n) => ask(n)));
    expect(first.filter(Boolean).length).toBeGreaterThan(150);
    expect(first.filter(Boolean).length).toBeLessThan(250);
    expect(await Promise.all(Array.from({ length: 1000 }, (_, n) => ask(n)))).toEqual(first);
  });

  it("answers flags of the environment that is asked for, with its defaults", async () => {
    const { rl, evaluate } = open();
    await rl.flags.create({ ...flag, key: "of-prod", environment: "prod" });
    await rl.flags.create({ ...flag, key: "of-dev", environment: "dev" });
    await rl.flags.create({ ...flag, key: "of-all", environmentDefaults: { dev: true } });
    const keys = async (environment: string): Promise<unknown> => {
      const { body } = await evaluate({ environment, user: { id: "u" } });
      return (body as { results: { flagKey: string; enabled: boolean }[] }).results.map((each) => [each.flagKey, each.enabled]);
    };
    expect(await keys("prod")).toEqual([
      ["of-prod", false],
      ["of-all", false],
    ]);
    expect(await keys("dev")).toEqual([
      ["of-dev", false],
      ["of-all", true],
    ]);
    expect((await evaluate({ environment: "elsewhere", user: { id: "u" } })).status).toBe(400);
  });

  it("does not answer for another environment than the server's own", async () => {
    const { evaluate } = open({}, { environment: "staging" });
    expect((await evaluate({ environment: "staging", user: { id: "u" } })).status).toBe(200);
    expect((await evaluate({ environment: "prod", user: { id: "u" } })).status).toBe(400);
  });

  it("keeps flags that clients may not see to admins", async () => {
    const { rl, evaluate } = open();
    await rl.flags.create({ ...flag, key: "secret", clientVisible: false });
    expect((await evaluate(user())).body).toEqual({ results: [] });
  });

  it.each([
    ["{"],
    [{}],
    [{ environment: "prod" }],
    [{ environment: "prod", user: {} }],
    [{ environment: "prod", user: { id: "\0" } }],
  ])("refuses %j", async (body) => {
    const answer = await open().evaluate(body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.any(String) as string } });
  });

  it("believes the server about who somebody is", async () => {
    const { rl, evaluate } = open({ contextFromRequest: () => ({ userId: "somebody" }) });
    await rl.flags.create({ ...flag, key: "f", overrides: [{ scope: "user", id: "user-123", value: true }] });
    expect((await evaluate(user())).body).toMatchObject({ results: [{ enabled: false }] });
  });

  it("is closed without keys where it is told to be", async () => {
    expect((await open({ allowAnonymous: false }).evaluate(user())).status).toBe(401);
  });
});

const onlyEmployees = { field: "email", operator: "ends_with", value: "@company.com" };
const premiumRules = [
  { field: "attributes.plan", operator: "eq", value: "premium" },
  { field: "country", operator: "in", value: ["US", "CA", "UK"] },
];

describe("PUT /api/admin/flags/:id", () => {
  it("changes and answers a flag as the documentation shows, by its id or its key", async () => {
    const { rl, change } = open();
    const made = await rl.flags.create({ ...flag, key: "new_checkout_flow", environment: "prod" });
    const rules = [onlyEmployees, premiumRules[1]];
    const { status, body } = await change("new_checkout_flow", { enabled: true, rolloutPercentage: 50, rules });
    expect([status, body]).toEqual([
      200,
      {
        flag: {
          id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
          key: "new_checkout_flow",
          environment: "prod",
          enabled: true,
          rolloutPercentage: 50,
          rules,
          version: 2,
          createdAt: made.createdAt,
          updatedAt: expect.any(String) as string,
        },
      },
    ]);
    const again = await change(body.flag.id, `{ "enabled": true, "rolloutPercentage": 50 }`);
    expect(again.body).toMatchObject({ flag: { ...body.flag, version: 3, updatedAt: expect.any(String) as string } });
    expect((await change(body.flag.id, again.body.flag)).body.flag.version).toBe(4);
  });

  it("gives a flag to users of an address alone", async () => {
    const { rl, change, evaluate } = open();
    await rl.flags.create({ ...flag, key: "f" });
    await change("f", { enabled: true, rolloutPercentage: 0, rules: [onlyEmployees] });
    expect((await evaluate(user({ email: "john@company.com" }))).body).toMatchObject({ results: [{ reason: "RULE_MATCH" }] });
    expect((await evaluate(user({ email: "john@example.com" }))).body).toMatchObject({ results: [{ reason: "NO_MATCH" }] });
  });

  it("wants all rules to hold, or, where it is told so, any", async () => {
    const { rl, change, evaluate } = open();
    await rl.flags.create({ ...flag, key: "f" });
    await change("f", { enabled: true, rolloutPercentage: 0, rules: premiumRules });
    const reasonFor = async (country: string, plan: string): Promise<unknown> =>
      ((await evaluate(user({ country, attributes: { plan } }))).body as { results: { reason: string }[] }).results[0]?.reason;
    expect([await reasonFor("US", "premium"), await reasonFor("US", "free"), await reasonFor("DE", "premium")]).toEqual([
      "RULE_MATCH",
      "NO_MATCH",
      "NO_MATCH",
    ]);
    expect((await change("f", { match: "any" })).body).toMatchObject({ flag: { match: "any", rules: premiumRules } });
    expect([await reasonFor("US", "free"), await reasonFor("DE", "premium"), await reasonFor("DE", "free")]).toEqual([
      "RULE_MATCH",
      "RULE_MATCH",
      "NO_MATCH",
    ]);
  });

  it.each([
    ["eq", "US", "country", "US", "DE"],
    ["neq", "blocked", "role", "admin", "blocked"],
    ["in", ["US", "CA"], "country", "CA", "DE"],
    ["not_in", ["RU", "CN"], "country", "US", "CN"],
    ["starts_with", "admin@", "email", "admin@x.org", "x@admin.org"],
    ["ends_with", "@company.com", "email", "a@company.com", "a@company.com.org"],
  ])("knows the operator %s", async (operator, value, field, yes, no) => {
    const { rl, change, evaluate } = open();
    await rl.flags.create({ ...flag, key: "f" });
    const rule = { field, operator, value };
    expect((await change("f", { rules: [rule] })).body).toMatchObject({ flag: { rules: [rule] } });
    expect((await evaluate(user({ [field]: yes }))).body).toMatchObject({ results: [{ enabled: true }] });
    expect((await evaluate(user({ [field]: no }))).body).toMatchObject({ results: [{ enabled: false }] });
  });

  it("wants the admin's token", async () => {
    const { rl, change } = open();
    await rl.flags.create({ ...flag, key: "f" });
    for (const headers of [{}, { "x-admin-token": "another" }])
      expect(await change("f", { enabled: false }, headers)).toMatchObject({
        status: 401,
        body: { error: expect.any(String) as string },
      });
    expect((await open({}).change("f", { enabled: false })).status).toBe(401);
    expect((await rl.flags.get("f")).version).toBe(1);
  });

  it("finds nothing where there is nothing", async () => {
    const { change } = open();
    for (const id of ["none", "00000000-0000-8000-8000-000000000000"])
      expect(await change(id, { enabled: true })).toMatchObject({ status: 404, body: { error: expect.any(String) as string } });
  });

  it.each([
    [{ rolloutPercentage: 101 }],
    [{ rolloutPercentage: "50" }],
    [{ rolloutPercent: 50 }],
    [{ enabled: "yes" }],
    [{ rules: [{ field: "a", operator: "like", value: "b" }] }],
    [{ rules: [{ field: "a", operator: "in", value: "b" }] }],
    [{ rules: [{ field: "a", operator: "eq", value: ["b"] }] }],
  ])("refuses %j", async (body) => {
    const { rl, change } = open();
    await rl.flags.create({ ...flag, key: "f" });
    expect(await change("f", body)).toMatchObject({ status: 400, body: { error: expect.any(String) as string } });
    expect((await rl.flags.get("f")).version).toBe(1);
  });

  it("leaves alone what it is not asked to change, and shows rules that it has no words for as they are", async () => {
    const { rl, change } = open();
    const rules = [{ id: "r", priority: 0, conditions: { dimension: "age", op: "gt", value: 3 } as const, value: true }];
    await rl.flags.create({ ...flag, key: "f", rules, rollout: { percentage: 10, salt: "s", sticky: true } });
    expect((await change("f", { rolloutPercentage: 30 })).body).toMatchObject({ flag: { rolloutPercentage: 30, rules } });
    expect(await rl.flags.get("f")).toMatchObject({ rules, rollout: { percentage: 30, salt: "s", sticky: true } });
    expect((await change("f", { match: "any" })).status).toBe(400);
  });

  it("loses no change where two are made at once", async () => {
    const { rl, change } = open();
    await rl.flags.create({ ...flag, key: "f" });
    const answers = await Promise.all([change("f", { rolloutPercentage: 30 }), change("f", { enabled: false })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await rl.flags.get("f")).toMatchObject({ status: "killed", rollout: { percentage: 30 }, version: 3 });
  });

  it("keeps what changed, and who changed it, in the audit log", async () => {
    const { rl, change, audit } = open({ adminToken: TOKEN, extractActor: () => ({ id: "ada", type: "user" }) });
    await rl.flags.create({ ...flag, key: "f" });
    const { body } = await change("f", { enabled: false });
    const log = {
      id: expect.any(String) as string,
      action: "UPDATE_FLAG",
      entity: "FeatureFlag",
      entityId: body.flag.id,
      before: { key: "f", enabled: true, version: 1 },
      after: { key: "f", enabled: false, version: 2 },
      actor: "ada",
      createdAt: expect.any(String) as string,
    };
    expect(await audit("f")).toMatchObject({ logs: [log, { action: "CREATE_FLAG", before: null }], total: 2 });
  });
});
