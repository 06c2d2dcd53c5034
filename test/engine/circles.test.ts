import { expect, test } from "vitest";
import { createEngine } from "../../src/engine/create-engine";
import { evaluatorOf, flag, ruled, segment, snapshot } from "./definitions";

const needs = (key: string, ...others: string[]) =>
  flag(key, { defaultValue: true, prerequisites: others.map((flagKey) => ({ flagKey })) });
const answers = (evaluator: ReturnType<typeof evaluatorOf>, key: string) => evaluator.evaluate(key, {}, { defaultValue: "mine" });

test("flags on a circle of prerequisites answer the caller's default, also where evaluation would not come round", () => {
  const killed = flag("c", { status: "killed", prerequisites: [{ flagKey: "a" }] });
  const evaluator = evaluatorOf([
    needs("a", "b"),
    needs("b", "c"),
    killed,
    needs("beside", "a"),
    flag("fine", { defaultValue: true }),
  ]);
  for (const key of ["a", "b", "c"])
    expect(answers(evaluator, key)).toMatchObject({ value: "mine", reason: "default", enabled: false });
  expect(answers(evaluator, "beside")).toMatchObject({ value: false, reason: "prerequisite_not_met" });
  expect(answers(evaluator, "fine").value).toBe(true);
  expect(evaluator.warnings).toEqual(["a", "b", "c"].map((key) => ({ kind: "flag", key, message: "circular" })));
});

test("a flag that needs itself is a circle", () => {
  expect(answers(evaluatorOf([needs("a", "a")]), "a").value).toBe("mine");
});

test("a circle may go through rules and segments", () => {
  const a = { ...ruled({ any: [false, { segment: "s" }] }), key: "a" };
  const segments = [segment("s", { flag: "a", where: { dimension: "value", op: "eq", value: true } })];
  const evaluator = evaluatorOf([a], { segments });
  expect(answers(evaluator, "a").value).toBe("mine");
  expect(evaluator.warnings.map(({ key }) => key)).toEqual(["s", "a"]);
});

test("segments on a circle disable the flags that ask for them", () => {
  const segments = [segment("s", { any: [{ segment: "t" }] }), segment("t", { none: [{ segment: "s" }] })];
  const evaluator = evaluatorOf([ruled({ segment: "s" }), flag("fine", { defaultValue: true })], { segments });
  expect(answers(evaluator, "ruled")).toMatchObject({ value: "mine", reason: "default" });
  expect(answers(evaluator, "fine").value).toBe(true);
  expect(evaluator.warnings.map(({ kind, key }) => `${kind} ${key}`)).toEqual(expect.arrayContaining(["segment s", "segment t"]));
});

test("a circle that a change opens is one no more, and one that a change closes is", () => {
  const engine = createEngine(snapshot([needs("a", "b"), needs("b", "c")]), { now: () => 0 });
  const value = () => engine.evaluate("a", {}, { defaultValue: "mine" }).value;
  const put = (doc: ReturnType<typeof flag>) => engine.apply([{ kind: "flag", key: doc.key, seq: 1, doc }]);
  expect(value()).toBe(false);
  put(needs("c", "a"));
  expect(value()).toBe("mine");
  expect(engine.warnings()).toHaveLength(3);
  put(needs("c"));
  expect(value()).toBe(true);
  expect(engine.warnings()).toEqual([]);
});
