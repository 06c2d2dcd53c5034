import { expect, test } from "vitest";
import { createEngine } from "../../src/engine/create-engine";
import { NOW } from "./arbitrary-values";
import { flag, layer, ruled, segment, snapshot } from "./definitions";

const options = { now: () => NOW };

test("what refers to a definition follows it as it comes, changes and goes", () => {
  const engine = createEngine(snapshot([ruled({ segment: "s" })]), options);
  const value = () => engine.evaluate("ruled", { userId: "u" }).value;
  expect(value()).toBe(false);
  engine.apply([{ kind: "segment", key: "s", seq: 1, doc: segment("s", true) }]);
  expect(value()).toBe(true);
  engine.apply([{ kind: "segment", key: "s", seq: 2, doc: segment("s", { dimension: "userId", op: "eq", value: "v" }) }]);
  expect(value()).toBe(false);
  engine.apply([{ kind: "segment", key: "s", seq: 3, deleted: true }]);
  expect(value()).toBe(false);
});

test("a layer that comes or goes concerns the flags that it names, before and after", () => {
  const engine = createEngine(snapshot([flag("a"), flag("b")]), options);
  const reasons = () => ["a", "b"].map((key) => engine.evaluate(key, { userId: "u" }).reason);
  const put = (flagKey: string) =>
    engine.apply([{ kind: "layer", key: "l", seq: 1, doc: layer("l", [{ flagKey, start: 0, end: 0 }]) }]);
  expect(reasons()).toEqual(["default", "default"]);
  put("a");
  expect(reasons()).toEqual(["exclusion_group_miss", "default"]);
  put("b");
  expect(reasons()).toEqual(["default", "exclusion_group_miss"]);
  engine.apply([{ kind: "layer", key: "l", seq: 2, deleted: true }]);
  expect(reasons()).toEqual(["default", "default"]);
  expect(engine.has("a")).toBe(true);
  engine.apply([{ kind: "flag", key: "a", seq: 3, deleted: true }]);
  expect([engine.has("a"), engine.keys()]).toEqual([false, ["b"]]);
});

test("the next boundary is the next date of any flag, strictly later", () => {
  const dated = flag("dated", { scheduledAt: "2026-01-01T00:00:00Z", expiresAt: "2026-03-01T00:00:00Z" });
  const engine = createEngine(snapshot([dated, flag("never"), flag("bad", { expiresAt: "soon" })]), options);
  const next = (text: string) => engine.nextBoundary(Date.parse(text));
  expect(next("2025-01-01")).toBe(Date.parse("2026-01-01"));
  expect(next("2026-01-01")).toBe(Date.parse("2026-03-01"));
  expect(next("2026-03-01")).toBeUndefined();
});

test("the sticky units are those of the flag and of what it refers to", () => {
  const sticky = flag("sticky", { rollout: { percentage: 50, sticky: true } });
  const tenants = flag("tenants", { rollout: { percentage: 50, sticky: true, hashKey: "tenantId" } });
  const above = flag("above", { prerequisites: [{ flagKey: "sticky" }] });
  const engine = createEngine(snapshot([above, tenants, sticky]), options);
  const context = { userId: "u1", tenantId: "t1" };
  expect(engine.stickyUnits(context, "above")).toEqual([{ flagKey: "sticky", unit: "u1" }]);
  expect(engine.stickyUnits({}, "above")).toEqual([]);
  expect(new Set(engine.stickyUnits(context).map(({ unit }) => unit))).toEqual(new Set(["u1", "t1"]));
});
