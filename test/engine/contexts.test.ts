import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { OPERATORS, type Condition } from "../../src/model/condition";
import type { FlagContext } from "../../src/model/context";
import { contexts } from "./arbitrary-contexts";
import { snapshots } from "./arbitrary-rulesets";
import { evaluatorOf, flag, holds, ruled } from "./definitions";
import { createEvaluator } from "../../src/create-evaluator";

vi.setConfig({ testTimeout: 60_000 });

describe("own properties only", () => {
  const inherited: FlagContext = { attributes: Object.create({ plan: "pro", cart: { total: 5 } }) as Record<string, unknown> };
  class Account {
    readonly plan = "pro";
    get tier(): string {
      return "gold";
    }
  }

  test.each([
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "constructor.name",
    "__proto__.constructor",
    "cart.constructor",
  ])("%s is missing, unless the context has it itself", (dimension) => {
    expect(holds({ dimension, op: "exists" }, { attributes: { cart: {} } })).toBe(false);
    expect(holds({ dimension: dimension.split("."), op: "exists" }, { attributes: { cart: {} } })).toBe(false);
  });

  test("an own property of such a name counts", () => {
    const attributes = JSON.parse('{"constructor": "a", "__proto__": "b"}') as Record<string, unknown>;
    expect(holds({ dimension: "constructor", op: "eq", value: "a" }, { attributes })).toBe(true);
    expect(holds({ dimension: "__proto__", op: "eq", value: "b" }, { attributes })).toBe(true);
  });

  test("what attributes inherit does not count; what an instance has of itself does", () => {
    expect(holds({ dimension: "plan", op: "exists" }, inherited)).toBe(false);
    expect(holds({ dimension: "cart.total", op: "exists" }, inherited)).toBe(false);
    const account = { attributes: new Account() as unknown as Record<string, unknown> };
    expect(holds({ dimension: "plan", op: "eq", value: "pro" }, account)).toBe(true);
    expect(holds({ dimension: "tier", op: "exists" }, account)).toBe(false);
  });

  test("attributes without a prototype are read like others", () => {
    const attributes = Object.assign(Object.create(null) as Record<string, unknown>, { plan: "pro" });
    expect(holds({ dimension: "plan", op: "eq", value: "pro" }, { attributes })).toBe(true);
  });
});

describe("dimensions", () => {
  const context: FlagContext = {
    userId: "u",
    attributes: { userId: "other", "cart.total": 1, cart: { total: 2, items: [{ id: 7 }] }, none: null },
  };
  test.each([
    ["userId", "u"],
    [["userId"], "other"],
    ["cart.total", 1],
    [["cart", "total"], 2],
    ["cart.items.0.id", 7],
    [{ first: ["nothing", "none", ["cart", "total"], "userId"] }, 2],
  ])("%j is %j", (dimension, value) => {
    expect(holds({ dimension, op: "eq", value }, context)).toBe(true);
  });

  test("$now is the time of the call", () => {
    expect(holds({ dimension: "$now", op: "eq", value: 5 }, {}, { now: () => 5 })).toBe(true);
  });

  test("some looks into elements", () => {
    const some = { dimension: "cart.items", some: { all: [{ dimension: "id", op: "eq", value: 7 }] } };
    expect(holds(some, context)).toBe(true);
    expect(holds({ dimension: "cart", some: true }, context)).toBe(false);
  });
});

test("an element at hand stays at hand, whatever goes wrong in a flag that is looked at on the way", () => {
  const bad = flag("bad", { rules: [{ id: "r", conditions: { dimension: "others", some: { error: "never" } }, value: true }] });
  const any: Condition[] = [
    { flag: "bad", where: true },
    { dimension: "id", op: "eq", value: 7 },
  ];
  const evaluator = evaluatorOf([bad, ruled({ dimension: "items", some: { any } })]);
  const attributes = { items: [{ id: 7 }], others: [{ id: 8 }] };
  expect(evaluator.evaluate("ruled", { attributes }).value).toBe(true);
  expect(evaluator.warnings).toEqual([{ kind: "flag", key: "bad", message: "never" }]);
});

describe("a context of any shape is evaluated without an exception", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withTypedArray: true,
  });
  const fields = ["userId", "userType", "environment", "region", "version", "ip", "tenantId", "segments", "attributes"];
  const odd = fc.oneof(
    anything,
    fc.dictionary(fc.constantFrom(...fields), anything),
    fc.record({ attributes: fc.dictionary(fc.constantFrom("x"), anything) }),
  );

  test("by every operator, without disabling the flag", () => {
    const value = (op: string): unknown =>
      /semver/.test(op) ? "1.2.3" : /date/.test(op) ? "2026-01-01" : op === "cidr" ? "10.0.0.0/8" : /[gl]te?$/.test(op) ? 5 : "x";
    const dimensions = ["x", "x.y", "version", "segment", "ip", ["x", "y"], { first: ["x", "userId"] }];
    const any = OPERATORS.flatMap((op) => dimensions.map((dimension) => ({ dimension, op, value: value(op) })));
    const flags = [
      ...any,
      ...any.map((leaf) => ({ ...leaf, as: "string" })),
      ...any.map((leaf) => ({ ...leaf, value: { ref: "userId" } })),
    ]
      .filter(({ op, value: comparand }) => op !== "regex" || typeof comparand === "string")
      .map((leaf, i) => ({ ...ruled(leaf as never), key: `f${i}` }));
    const evaluator = evaluatorOf([...flags, flag("rollout", { rollout: { percentage: 50 } })]);
    fc.assert(
      fc.property(odd, (context) => {
        evaluator.evaluateAll(context as never);
        evaluator.evaluateAll(context as never, { trace: true });
      }),
      { numRuns: 200 },
    );
    expect(evaluator.warnings).toEqual([]);
  });

  test("by whole rulesets", () => {
    fc.assert(
      fc.property(snapshots, fc.oneof(odd, contexts), (snapshot, context) => {
        const all = createEvaluator(snapshot).evaluateAll(context as never);
        for (const result of Object.values(all)) expect(typeof result.reason).toBe("string");
      }),
      { numRuns: 300 },
    );
  });

  test("a value that holds itself neither changes a traced result nor hangs it", () => {
    const x: Record<string, unknown> = {};
    x["x"] = x;
    const evaluator = evaluatorOf([ruled({ dimension: "x", op: "eq", value: { a: 1 } })]);
    expect(evaluator.evaluate("ruled", { attributes: { x } }, { trace: true })).toMatchObject({
      value: false,
      reason: "default",
    });
    expect(evaluator.warnings).toEqual([]);
  });

  test("a getter that evaluates again disturbs nothing", () => {
    const evaluator = evaluatorOf([
      ruled({
        all: [
          { dimension: "x", op: "eq", value: 1 },
          { dimension: "y", op: "eq", value: 2 },
        ],
      }),
      flag("other"),
    ]);
    const attributes = {
      y: 2,
      get x() {
        evaluator.evaluate("other", { attributes: { y: 3 } });
        return 1;
      },
    };
    expect(evaluator.evaluate("ruled", { attributes }).value).toBe(true);
  });
});
