import { createMemoryAdapter } from "rollease/db/memory";
import { expect, it, vi } from "vitest";
import type { FlagInput } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const plain: FlagInput = { key: "f", type: "boolean", defaultValue: true };

it("evaluates the flags of one namespace, and those that have all of some tags", async () => {
  const rl = openRollease();
  await rl.flags.create({ ...plain, key: "cart", namespace: "shop", tags: ["a", "b"] });
  await rl.flags.create({ ...plain, key: "pay", namespace: "shop", tags: ["a"] });
  await rl.flags.create({ ...plain, key: "other" });
  expect(Object.keys(await rl.flags.evaluateAll({}, { namespace: "shop" }))).toEqual(["cart", "pay"]);
  expect(Object.keys(await rl.flags.evaluateAll({}, { tags: ["a", "b"] }))).toEqual(["cart"]);
  expect(await rl.flags.evaluateAll({}, { namespace: "none" })).toEqual({});
});

it("leaves flags of other environments out, page by page as well", async () => {
  for (const evaluateAllPageSize of [1, 1000]) {
    const rl = openRollease({ evaluateAllPageSize });
    await rl.flags.create({ ...plain, key: "here", environment: "production" });
    await rl.flags.create({ ...plain, key: "there", environment: "staging" });
    await rl.flags.create({ ...plain, key: "anywhere" });
    const all = await rl.flags.evaluateAll({ environment: "production" });
    expect(Object.keys(all).sort()).toEqual(["anywhere", "here"]);
  }
});

it("lets others run between the pages, and answers of one ruleset all the same", async () => {
  const rl = openRollease({ evaluateAllPageSize: 2 });
  const keys = Array.from({ length: 9 }, (_, i) => `f${i}`);
  for (const key of keys) await rl.flags.create({ ...plain, key });
  let turns = 0;
  const counting = setInterval(() => turns++);
  const before = await rl.flags.evaluateAllDetailed({});
  clearInterval(counting);
  expect(turns).toBeGreaterThan(0);
  expect(Object.keys(before.results)).toEqual(keys);

  const killing = rl.flags.evaluateAllDetailed({});
  await Promise.all(keys.map((key) => rl.flags.kill(key)));
  const { results, checkpoint } = await killing;
  const killed = Object.values(results).filter(({ reason }) => reason === "kill_switch").length;
  // The kills came one by one: at this checkpoint so many of them were in.
  const first = Number(before.checkpoint?.split(".")[1]);
  expect(killed).toBe(Number(checkpoint?.split(".")[1]) - first);
});

it("tells everything about an evaluation of all: traces, what was denied, what is broken, and of which ruleset", async () => {
  const db = createMemoryAdapter();
  const onBeforeEvaluation = ({ flagKey }: { flagKey: string }): void => {
    if (flagKey === "secret") throw new Error("denied");
  };
  const rl = openRollease({ db, hooks: { onBeforeEvaluation } });
  await rl.flags.create(plain);
  await rl.flags.create({ ...plain, key: "secret" });
  const broken = { ...(await rl.flags.get("f")), key: "broken", prerequisites: [{ error: "no such thing" }] };
  await db.transaction(async (tx) => {
    await tx.putFlag(broken);
    await tx.advance([{ kind: "flag", key: "broken", deleted: false }]);
  });
  await vi.waitFor(async () => {
    const { results, denied, checkpoint } = await rl.flags.evaluateAllDetailed({});
    expect(Object.keys(results).sort()).toEqual(["broken", "f"]);
    expect(results["f"]?.trace?.steps.at(-1)).toMatchObject({ name: "default", matched: true });
    expect(denied).toEqual(["secret"]);
    expect(checkpoint).toMatch(/^[0-9a-f-]{36}\.3$/);
  });
});

it("records an impression once within the window, and again when another value is seen", async () => {
  const db = createMemoryAdapter();
  let now = Date.parse("2026-06-01T12:00:00Z");
  const clock = { now: () => now, setTimer: () => () => undefined };
  const keep = { ...db, close: () => Promise.resolve() };
  const rl = openRollease({ db: keep, clock, impressions: { dedupeMs: 1000 } });
  await rl.flags.create({
    ...plain,
    rules: [{ id: "r", conditions: { dimension: "x", op: "exists", value: true }, value: false }],
  });
  const see = (attributes = {}) => rl.flags.evaluate("f", { userId: "u1", attributes });
  for (let i = 0; i < 5; i++) await see();
  await see({ x: 1 });
  now += 999;
  await see({ x: 1 });
  now += 1;
  await see({ x: 1 });
  await rl.flags.evaluate("f", { userId: "u2" });
  await rl.close();
  const found = (await db.impressions({})).map(({ userId, value }) => [userId, value]);
  expect(found.reverse()).toEqual([
    ["u1", true],
    ["u1", false],
    ["u1", false],
    ["u2", true],
  ]);
});

it("shows hooks, impressions and history no private attribute, and evaluates on all of them", async () => {
  const db = createMemoryAdapter();
  const seen: unknown[] = [];
  const rl = openRollease({
    db: { ...db, close: () => Promise.resolve() },
    privacy: { privateAttributes: ["email", "userId"] },
    hooks: { onBeforeEvaluation: (event) => void seen.push(event), onEvaluate: (_, context) => void seen.push(context) },
  });
  const conditions = { dimension: "email", op: "eq", value: "canary@acme.test" } as const;
  await rl.flags.create({ ...plain, defaultValue: false, rules: [{ id: "r", conditions, value: true }] });
  const context = { userId: "canary-id", attributes: { email: "canary@acme.test", nested: { email: "canary@acme.test" } } };
  expect(await rl.flags.isEnabled("f", context)).toBe(true);
  await rl.flags.evaluateAll(context);
  await rl.close();
  expect(seen).toHaveLength(4);
  const out = JSON.stringify([seen, await db.impressions({}), await db.history({})]);
  expect(out).not.toContain("canary");
  expect(out).toContain("[REDACTED]");
});

it("asks the database once for a thousand flags of which a hundred are sticky", async () => {
  const db = createMemoryAdapter();
  const rl = openRollease({ db });
  for (let i = 0; i < 1000; i++)
    await rl.flags.create({ ...plain, key: `f${i}`, ...(i % 10 === 0 && { rollout: { percentage: 50, sticky: true } }) });
  await rl.flags.evaluateAll({ userId: "u1" });
  const queries = [vi.spyOn(db, "assignments"), vi.spyOn(db, "transaction"), vi.spyOn(db, "flag"), vi.spyOn(db, "feed")];
  await rl.flags.evaluateAll({ userId: "u1" });
  expect(queries.map((spy) => spy.mock.calls.length)).toEqual([1, 0, 0, 0]);
  await rl.flags.evaluate("f1", { userId: "u1" });
  expect(queries[0]?.mock.calls).toHaveLength(1);
  await rl.flags.evaluate("f10", { userId: "u1" });
  expect(queries[0]?.mock.calls).toHaveLength(2);
});

it("asks for assignments as soon as a flag comes to depend on a sticky one", async () => {
  const db = createMemoryAdapter();
  const rl = openRollease({ db });
  await rl.flags.create(plain);
  await rl.flags.create({ ...plain, key: "sticky", rollout: { percentage: 100, sticky: true } });
  const asked = vi.spyOn(db, "assignments");
  await rl.flags.evaluate("f", { userId: "u1" });
  expect(asked).not.toHaveBeenCalled();
  await rl.flags.update("f", { prerequisites: [{ flagKey: "sticky" }] });
  await rl.flags.evaluate("f", { userId: "u1" });
  expect(asked).toHaveBeenCalledTimes(1);
  expect(await rl.flags.getUserAssignments("u1")).toEqual({ sticky: "on" });
});
