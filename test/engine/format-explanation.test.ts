import { expect, test } from "vitest";
import { explain } from "../../src/engine/explain";
import { formatExplanation } from "../../src/engine/format-explanation";
import { evaluatorOf, flag, segment } from "./definitions";

const checkout = flag("checkout", {
  rollout: { percentage: 20 },
  rules: [
    {
      id: "adults",
      value: true,
      conditions: {
        all: [
          { dimension: "plan", op: "eq", value: "pro" },
          { dimension: "age", op: "gte", value: 18 },
        ],
      },
    },
    { id: "staff", value: true, conditions: { segment: "staff" } },
    { id: "early", value: true, conditions: { dimension: "$now", op: "dateBefore", value: "2026-01-01" } },
  ],
});
const staff = segment("staff", { dimension: "email", op: "endsWith", value: "@acme.test" });
const evaluator = evaluatorOf([checkout], { segments: [staff] }, { now: new Date("2026-06-01") });

test("an explanation reads as text, line by line", () => {
  const text = formatExplanation(explain(evaluator, "checkout", { userId: "u2", attributes: { plan: "free", age: 17 } }));
  expect(text).toBe(`checkout → false, default
  ✗ rule adults: plan eq "pro", was "free" (conditions.all[0])
      → plan must be "pro" and age must be at least 18
  ✗ rule staff: segment "staff": email endsWith "@acme.test", was missing (conditions)
      → the context must be in segment "staff": email must end with "@acme.test"
  ✗ rule early: the time dateBefore "2026-01-01", was "2026-06-01T00:00:00.000Z" (conditions)
      → the time must be before "2026-01-01"
  ✗ rollout: bucket 23.794 against [0, 20)
      → [0, 20) must hold bucket 23.794, or userId must be another
  ✓ default: decided`);
});

test("a what-if says what it is instead of, and what was not reached any more", () => {
  const options = { change: { attributes: { plan: "pro", age: 30 } } };
  const text = formatExplanation(explain(evaluator, "checkout", { userId: "u2" }, options));
  expect(text).toBe(`checkout → true, rule_match
instead of false, default, without the change
  ✓ rule adults: decided
  · rule staff: not reached: segment "staff": email endsWith "@acme.test", was missing (conditions)
  · rule early: not reached: the time dateBefore "2026-01-01", was "2026-06-01T00:00:00.000Z" (conditions)
  · rollout: not reached: bucket 23.794 against [0, 20)`);
});

test("values that have no JSON, and flags that cannot be evaluated, are told in words", () => {
  const broken = flag("broken", { rules: [{ id: "r", value: true, conditions: { segment: "nowhere" } }] });
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  const rule = { id: "r", value: true, conditions: { dimension: "plan", op: "eq", value: "x" } } as const;
  const both = evaluatorOf([flag("odd", { rules: [rule] }), broken]);
  expect(formatExplanation(explain(both, "odd", { attributes: { plan: circular } }))).toContain("was of type object");
  const killed = flag("off", { status: "killed" });
  expect(formatExplanation(explain(evaluatorOf([killed]), "off", {}))).toContain("→ the flag must be restored");
});
