import { createRollease, type Condition, type FlagContext, type Rollease } from "rollease";
import { createMemoryStore, createRolleaseClient, type RolleaseClient } from "rollease/client";
import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, onTestFinished } from "vitest";

const BASE = "http://test/api/rollease";

function open(hashedAttributes: readonly string[] = ["email", "userId", "account.owner", "level"]): Rollease {
  const config = { secret: "a-secret-of-the-tests", logging: { sink: () => undefined }, privacy: { hashedAttributes } };
  const rl = createRollease({ db: createMemoryAdapter(), ...config });
  onTestFinished(() => rl.close());
  return rl;
}

async function pageOf(rl: Rollease, context: FlagContext, seen: string[] = []): Promise<RolleaseClient> {
  const handler = rl.createHandler({ allowAnonymous: true });
  const fetch = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const response = await handler(new Request(url, init));
    if (!response.headers.get("content-type")?.includes("event-stream")) seen.push(await response.clone().text());
    return response;
  };
  const client = createRolleaseClient({ baseUrl: BASE, context, fetch, store: createMemoryStore(), tabs: false });
  onTestFinished(client.destroy);
  await client.ready();
  return client;
}

const flagOf = (rl: Rollease, key: string, conditions: Condition): Promise<unknown> =>
  rl.flags.create({ key, type: "boolean", defaultValue: false, rules: [{ id: "r", conditions, value: true }] });

const BOSS = "Boss@Corp.example";

describe("comparands of hashed attributes", () => {
  const conditions: Readonly<Record<string, Condition>> = {
    eq: { dimension: "email", op: "eq", value: BOSS },
    neq: { dimension: "email", op: "neq", value: BOSS },
    in: { dimension: "email", op: "in", value: ["a@b.example", BOSS] },
    nin: { dimension: "email", op: "nin", value: [BOSS] },
    "not-eq": { dimension: "email", op: "eq", value: BOSS, negate: true },
    "not-neq": { dimension: "email", op: "neq", value: BOSS, negate: true },
    folded: { dimension: "email", op: "eq", value: BOSS, caseInsensitive: true },
    "folded-nin": { dimension: "email", op: "nin", value: [BOSS], caseInsensitive: true },
    nested: { none: [{ any: [{ dimension: "account.owner", op: "eq", value: BOSS }] }] },
    user: { dimension: "userId", op: "in", value: ["u1", "u2"] },
    number: { dimension: "level", op: "eq", value: 5 },
    text: { dimension: "level", op: "eq", value: "5" },
    segment: { segment: "bosses" },
    reference: { dimension: "email", op: "eq", value: { ref: "billing" } },
  };
  const contexts: readonly FlagContext[] = [
    {},
    { userId: "u1", attributes: { email: BOSS, level: 5, billing: BOSS } },
    { userId: "u3", attributes: { email: BOSS.toLowerCase(), level: "5", account: { owner: BOSS } } },
    { attributes: { email: BOSS.toUpperCase(), "account.owner": BOSS } },
    { attributes: { email: ["x@y.example", BOSS], level: [4, 5] } },
    { attributes: { email: null, level: true } },
  ];

  it("reach no page, which decides every comparison as the server does, for every user that it is told of", async () => {
    const rl = open();
    await rl.flags.createSegment({ key: "bosses", rules: { dimension: "email", op: "eq", value: BOSS } });
    for (const [key, condition] of Object.entries(conditions)) await flagOf(rl, key, condition);
    const seen: string[] = [];
    const client = await pageOf(rl, contexts[1] as FlagContext, seen);
    const known = Object.keys(conditions);
    for (const context of [contexts[1] as FlagContext, ...contexts]) {
      if (context !== client.context()) await client.identify(context);
      const here = Object.fromEntries(known.map((key) => [key, client.flag(key, "missing")]));
      const there = Object.fromEntries(
        await Promise.all(known.map(async (key) => [key, (await rl.flags.evaluate(key, context)).value] as const)),
      );
      expect([context, here]).toEqual([context, there]);
    }
    expect(seen.join()).toContain("digests");
    expect(seen.join().toLowerCase()).not.toContain("corp.example");
    expect(seen.join()).not.toMatch(/"u1"|"u2"/);
    const traced = await rl.createHandler({ allowAnonymous: true })(new Request(`${BASE}/flags/eq?trace=true`));
    const text = await traced.text();
    expect(text).toContain("targeting_rules");
    expect(text).not.toContain(BOSS);
  });

  it("are held by no comparison, nor by its opposite, before the digests of a new user are made", async () => {
    const rl = open();
    for (const key of ["eq", "neq"]) await flagOf(rl, key, conditions[key] as Condition);
    const client = await pageOf(rl, { attributes: { email: "me@corp.example" } });
    expect([client.flag("eq", null), client.flag("neq", null)]).toEqual([false, true]);
    const done = client.identify({ attributes: { email: BOSS } });
    expect([client.flag("eq", null), client.flag("neq", null)]).toEqual([false, false]);
    await done;
    expect([client.flag("eq", null), client.flag("neq", null)]).toEqual([true, false]);
    expect(client.context()).toEqual({ attributes: { email: BOSS } });
  });

  it.each<[string, Condition]>([
    ["rules[0].conditions.op", { dimension: "email", op: "endsWith", value: "@corp.example" }],
    ["rules[0].conditions.op", { dimension: "email", op: "exists", value: true }],
    ["rules[0].conditions.all[0].op", { all: [{ dimension: "level", op: "gt", value: 3 }] }],
    ["rules[0].conditions.value", { dimension: "email", op: "in", value: [["nested"]] }],
    ["rules[0].conditions.as", { dimension: "email", op: "eq", value: "x", as: "string" }],
    ["rules[0].conditions.dimension", { dimension: ["email"], op: "eq", value: "x" }],
    ["rules[0].conditions.dimension", { dimension: { first: ["mail", "email"] }, op: "eq", value: "x" }],
    ["rules[0].conditions.dimension", { dimension: "email.domain", op: "eq", value: "x" }],
    ["rules[0].conditions.dimension", { dimension: "email", some: true }],
    ["", { all: Array.from({ length: 40 }, (_, n) => ({ dimension: "email", op: "neq", value: n }) as const) }],
  ])("are refused at %s where no digest can be compared", async (path, condition) => {
    const rl = open();
    await expect(flagOf(rl, "a", condition)).rejects.toMatchObject({ issues: [expect.objectContaining({ path })] });
    const rules = [{ id: "r", conditions: true, value: true }];
    await rl.flags.create({ key: "b", type: "boolean", defaultValue: false, rules });
    await expect(rl.flags.updateRule("b", "r", { conditions: condition })).rejects.toMatchObject({ code: "VALIDATION" });
  });

  it("that were written before an attribute was hashed are hidden all the same: the flag cannot be evaluated there", async () => {
    const db = createMemoryAdapter();
    const config = { secret: "a-secret-of-the-tests", logging: { sink: () => undefined } };
    const before = createRollease({ db: { ...db, close: () => Promise.resolve() }, ...config });
    await flagOf(before, "a", { dimension: "email", op: "endsWith", value: "@canary.example" });
    const old = (await (await before.createHandler()(new Request(`${BASE}/sync/pull`))).json()) as { checkpoint: string };
    await before.close();

    const rl = createRollease({ db, ...config, privacy: { hashedAttributes: ["email"] } });
    onTestFinished(() => rl.close());
    const seen: string[] = [];
    const client = await pageOf(rl, { attributes: { email: "me@canary.example" } }, seen);
    expect(seen.join()).not.toContain("canary");
    expect(client.flag("a", "caller's default")).toBe("caller's default");
    // What pages hold from before is another ruleset, with the same versions: they get the new one whole.
    const since = encodeURIComponent(old.checkpoint);
    const anew = await rl.createHandler()(new Request(`${BASE}/sync/pull?since=${since}`));
    expect(await anew.json()).toMatchObject({ reset: true, changes: [{ key: "a" }] });
  });

  const nested: readonly (readonly [string, Condition])[] = [
    ["value", { dimension: "account", op: "eq", value: { owner: "canary" } }],
    ["value", { dimension: ["account"], op: "in", value: [{ name: "x" }, { owner: "canary" }] }],
    ["some.dimension", { dimension: "account", some: { dimension: "owner", op: "eq", value: "canary" } }],
    ["some.dimension", { dimension: { first: ["x", "account"] }, some: { dimension: "owner", op: "endsWith", value: "canary" } }],
    [
      "some.all[0].some.dimension",
      { dimension: "teams", some: { all: [{ dimension: "people", some: { dimension: "mail", op: "eq", value: "canary" } }] } },
    ],
  ];

  it("are not told of either by conditions on what holds such an attribute, whenever they were written", async () => {
    const db = createMemoryAdapter();
    const config = { secret: "a-secret-of-the-tests", logging: { sink: () => undefined } };
    const before = createRollease({ db: { ...db, close: () => Promise.resolve() }, ...config });
    for (const [n, [, conditions]] of nested.entries()) await flagOf(before, `f${n}`, conditions);
    await flagOf(before, "harmless", { dimension: "account", some: { dimension: "plan", op: "eq", value: "pro" } });
    await before.close();

    const rl = createRollease({ db, ...config, privacy: { hashedAttributes: ["account.owner", "teams.people.mail"] } });
    onTestFinished(() => rl.close());
    const seen: string[] = [];
    const client = await pageOf(rl, { attributes: { account: [{ plan: "pro" }] } }, seen);
    expect(seen.join()).not.toContain("canary");
    expect(client.flag("harmless", "missing")).toBe(true);
    for (const [field, conditions] of nested) {
      const path = `rules[0].conditions.${field}`;
      await expect(flagOf(rl, "again", conditions)).rejects.toMatchObject({ issues: [expect.objectContaining({ path })] });
    }
    await flagOf(rl, "again", { dimension: "account", some: { dimension: "plan", op: "eq", value: "pro" } });
  });

  it("cannot be what stands for no value of the caller's own", () => {
    expect(() => open(["segment"])).toThrow(expect.objectContaining({ code: "CONFIGURATION" }));
  });
});

describe("overrides", () => {
  it("reach the user and the tenant that they are for, and tell no page who that is", async () => {
    const rl = open([]);
    const overrides = [
      { scope: "user", id: "ceo@canary.example", value: "user" },
      { scope: "tenant", id: "canary-corp", value: "tenant" },
    ] as const;
    await rl.flags.create({ key: "a", type: "string", defaultValue: "nobody's", overrides });
    const seen: string[] = [];
    const client = await pageOf(rl, { userId: "ceo@canary.example", tenantId: "canary-corp" }, seen);
    expect(client.evaluate("a")).toMatchObject({ value: "user", reason: "override" });
    await client.identify({ userId: "u2", tenantId: "canary-corp" });
    expect(client.evaluate("a")).toMatchObject({ value: "tenant", reason: "override" });
    await client.identify({ userId: "u2" });
    expect(client.evaluate("a")).toMatchObject({ value: "nobody's", reason: "default" });
    expect(seen.filter((body) => body.includes('"flag"')).join()).not.toContain("canary");
  });
});
