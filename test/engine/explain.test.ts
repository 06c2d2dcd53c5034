import { expect, test } from "vitest";
import { explain, type ExplainOptions } from "../../src/engine/explain";
import type { FlagContext } from "../../src/model/context";
import type { ExplainedLine } from "../../src/model/explanation";
import type { Flag, Rule } from "../../src/model/flag";
import { getBucket } from "../../src/engine/native-bucket";
import { evaluatorOf, flag, layer, segment } from "./definitions";

const needed = flag("needed", { rules: [{ id: "n", conditions: { dimension: "plan", op: "eq", value: "pro" }, value: true }] });
const staff = segment("staff", { any: [{ dimension: "email", op: "endsWith", value: "@acme.test" }] });
const free: FlagContext = { userId: "u2", region: "EU", attributes: { plan: "free", age: 17 } };

function explained(rest: Partial<Flag>, context = free, options?: ExplainOptions) {
  const layers = [layer("shelf", [{ flagKey: "layered", start: 0, end: 0 }])];
  const evaluator = evaluatorOf([flag("any", rest), needed, flag("layered")], { segments: [staff], layers });
  return explain(evaluator, rest.key ?? "any", context, options);
}

function ruleLine(rule: Partial<Rule>, context = free): ExplainedLine | undefined {
  const { lines } = explained({ rules: [{ id: "r", value: true, conditions: true, ...rule }] }, context);
  return lines.find(({ ruleId }) => ruleId === "r");
}

test("of a rule that did not match, it tells the first condition that failed, where it stands, and what has to change", () => {
  const all = [
    { dimension: "region", op: "eq", value: "EU" },
    { dimension: "plan", op: "eq", value: "pro" },
    { dimension: "age", op: "gte", value: 18 },
  ] as const;
  expect(ruleLine({ conditions: { all } })).toEqual({
    step: 9,
    name: "targeting_rules",
    ruleId: "r",
    state: "passed",
    applies: false,
    finding: {
      kind: "comparison",
      path: "conditions.all[1]",
      held: false,
      dimension: "plan",
      op: "eq",
      expected: "pro",
      actual: "free",
    },
    change: 'plan must be "pro" and age must be at least 18',
  });
});

test("where a condition held that must not, it is that one which is told", () => {
  const line = ruleLine({ conditions: { none: [{ dimension: "region", op: "in", value: ["EU"] }] } });
  expect(line?.finding).toMatchObject({ path: "conditions.none[0]", held: true, op: "in" });
  expect(line?.change).toBe('region must not be one of ["EU"]');
});

test("where one of several is enough, all of them are named", () => {
  const any = [
    { dimension: "plan", op: "in", value: ["pro", "team"] },
    {
      all: [
        { dimension: "age", op: "gt", value: 20 },
        { dimension: "beta", op: "exists" },
      ],
    },
  ] as const;
  expect(ruleLine({ conditions: { any } })?.change).toBe(
    '(plan must be one of ["pro","team"] or age must be above 20 and beta must exist: true)',
  );
});

test("a comparison with another dimension is told with what that one held", () => {
  const line = ruleLine({ conditions: { dimension: "plan", op: "eq", value: { ref: "region" } } });
  expect(line?.finding).toMatchObject({ expected: "EU", actual: "free" });
});

test("a negated comparison stands where it was written", () => {
  const line = ruleLine({ conditions: { dimension: "plan", op: "eq", value: "free", negate: true } });
  expect(line?.finding).toMatchObject({ path: "conditions", held: true });
  expect(line?.change).toBe('plan must not be "free"');
});

test("a segment is told with what in it decided", () => {
  const line = ruleLine({ conditions: { all: [{ segment: "staff" }] } });
  expect(line?.finding).toMatchObject({
    kind: "segment",
    key: "staff",
    path: "conditions.all[0]",
    because: { dimension: "email", path: "rules.any[0]", actual: undefined },
  });
  expect(line?.change).toBe('the context must be in segment "staff": email must end with "@acme.test"');
});

test("another flag is told with its answer, and what of the answer was wrong", () => {
  const line = ruleLine({ conditions: { flag: "needed", where: { dimension: "value", op: "eq", value: true } } });
  expect(line?.finding).toMatchObject({
    kind: "flag",
    key: "needed",
    result: { value: false, variant: null, enabled: false, reason: "default" },
    because: { path: "where", actual: false, expected: true },
  });
  expect(line?.change).toBe('flag "needed": value must be true');
});

test("a percentage is told as the unit's bucket against the ranges, in rules, rollouts and layers alike", () => {
  const bucket = getBucket("u2", "any");
  const rollout = explained({ rollout: { percentage: 1 } }).lines.find(({ step }) => step === 10);
  expect(rollout?.finding).toEqual({ kind: "bucket", path: "", held: false, unit: "userId", bucket, ranges: [[0, 1]] });
  expect(rollout?.change).toBe(`[0, 1) must hold bucket ${Math.floor(bucket * 1000) / 1000}, or userId must be another`);

  expect(ruleLine({ rolloutPct: 0 })?.finding).toMatchObject({ path: "rolloutPct", bucket: getBucket("u2", "any", "r") });
  expect(ruleLine({ rolloutPct: 5 }, {})).toMatchObject({ finding: { bucket: undefined }, change: "userId must be given" });

  const layered = explained({ key: "layered" }).lines.find(({ step }) => step === 6);
  expect(layered).toMatchObject({
    state: "decided",
    finding: { kind: "bucket", bucket: getBucket("u2", "shelf"), ranges: [[0, 0]] },
  });
});

test("elements of a list are told with the list", () => {
  const conditions = { dimension: "tags", some: { dimension: "name", op: "eq", value: "x" } } as const;
  const tags = [{ name: "y" }];
  const line = ruleLine({ conditions }, { attributes: { tags } });
  expect(line).toMatchObject({
    finding: { kind: "elements", dimension: "tags", actual: tags },
    change: "some element of tags must satisfy the condition",
  });
});

test("what ends an evaluation early is told with what would let it go on, and the rules behind it with whether they would apply", () => {
  const rules = [{ id: "r", conditions: true, value: true }];
  const of = (rest: Partial<Flag>) => explained({ rules, ...rest });
  const gate = (rest: Partial<Flag>) => of(rest).lines.find(({ state }) => state === "decided");
  expect(gate({ status: "killed" })).toMatchObject({ name: "kill_switch", change: "the flag must be restored" });
  expect(gate({ scheduledAt: "2999-01-01" })).toMatchObject({
    name: "date_window",
    change: 'the time must not be before "2999-01-01"',
  });
  expect(gate({ prerequisites: [{ flagKey: "needed", value: true }] })).toMatchObject({
    name: "prerequisites",
    finding: { kind: "flag", key: "needed", result: { value: false } },
    change: 'flag "needed": value must be true',
  });
  expect(of({ status: "killed" }).lines.at(-2)).toMatchObject({ ruleId: "r", state: "unreached", applies: true });
});

test("it answers what would be at another time, and for a changed context, and leaves the given one as it was", () => {
  const context = { userId: "u1", attributes: { plan: "free", age: 20 } };
  const rules = [{ id: "r", conditions: { all: [{ dimension: "plan", op: "eq", value: "pro" }] }, value: true }] as const;
  const what = explained({ rules }, context, { change: { attributes: { plan: "pro" } } });
  expect(what).toMatchObject({ result: { value: true, ruleId: "r" }, baseline: { value: false, reason: "default" } });
  expect(context.attributes.plan).toBe("free");

  const later = explained({ rules: [], scheduledAt: "2999-01-01", defaultValue: true }, free, { at: new Date("2999-02-01") });
  expect(later).toMatchObject({ result: { reason: "default" }, baseline: { reason: "not_scheduled" } });
  expect(explained({})).not.toHaveProperty("baseline");
});

test("explaining assigns nothing, and counts what is assigned", () => {
  const made: string[] = [];
  const sticky = flag("sticky", { rollout: { percentage: 100, sticky: true } });
  const assign = (key: string) => made.push(key);
  const fresh = evaluatorOf([sticky], {}, { assignments: { get: () => undefined, assign } });
  expect(explain(fresh, "sticky", { userId: "u1" }).result.reason).toBe("percentage");
  const known = evaluatorOf([sticky], {}, { assignments: { get: () => "on", assign } });
  expect(explain(known, "sticky", { userId: "u1" }).result.reason).toBe("assignment");
  expect(made).toEqual([]);
});

test("a flag that cannot be evaluated is told why, and a missing one is an error unless there is a default", () => {
  const broken = explained({ rules: [{ id: "r", value: true, conditions: { dimension: "v", op: "semverGt", value: "x" } }] });
  expect(broken).toMatchObject({ lines: [], warning: 'rules["r"].conditions.value', result: { reason: "default" } });
  expect(() => explain(evaluatorOf([]), "none", {})).toThrow(/no flag "none"/);
  expect(explain(evaluatorOf([]), "none", {}, { defaultValue: 5 })).toMatchObject({ result: { value: 5 }, lines: [] });
});
