import { FlagNotFoundError, formatExplanation } from "rollease";
import { expect, it } from "vitest";
import { openRollease } from "./open-rollease";

const conditions = { all: [{ dimension: "plan", op: "eq", value: "pro" }] } as const;

it("tells why, what would be for a changed context at another time, and assigns nothing", async () => {
  const rl = openRollease();
  await rl.flags.create({ key: "later", type: "boolean", defaultValue: false, scheduledAt: "2999-01-01" });
  await rl.flags.create({
    key: "f",
    type: "boolean",
    defaultValue: false,
    rules: [{ id: "r", conditions, value: true }],
    rollout: { percentage: 100, sticky: true },
  });
  const context = { userId: "u1", attributes: { plan: "free" } };
  const explanation = await rl.flags.explain("f", context);
  expect(explanation.result).toMatchObject({ reason: "percentage", trace: { steps: expect.any(Array) as [] } });
  expect(explanation.lines.find(({ ruleId }) => ruleId === "r")?.change).toBe('plan must be "pro"');
  expect(await rl.flags.getUserAssignments("u1")).toEqual({});

  const changed = await rl.flags.explain("f", context, { change: { attributes: { plan: "pro" } } });
  expect(changed).toMatchObject({ result: { ruleId: "r" }, baseline: { reason: "percentage" } });
  const at = new Date("2999-06-01");
  expect(await rl.flags.explain("later", {}, { at })).toMatchObject({
    result: { reason: "default" },
    baseline: { reason: "not_scheduled" },
  });
  expect(formatExplanation(changed)).toContain("f → true, rule_match");
});

it("knows what a unit is assigned to, that of the changed context, too", async () => {
  const rl = openRollease();
  await rl.flags.create({ key: "f", type: "boolean", defaultValue: false, rollout: { percentage: 100, sticky: true } });
  await rl.flags.isEnabled("f", { userId: "known" });
  await rl.flags.setRollout("f", { percentage: 0, sticky: true });
  const { result, baseline } = await rl.flags.explain("f", { userId: "new" }, { change: { userId: "known" } });
  expect([result.reason, baseline?.reason]).toEqual(["assignment", "default"]);
});

it("does not explain what there is not", async () => {
  await expect(openRollease().flags.explain("none", {})).rejects.toBeInstanceOf(FlagNotFoundError);
});
