import { explain, formatExplanation } from "rollease/client";
import { afterEach, expect, it } from "vitest";
import { settle } from "../support/manual-clock";
import { createWorld } from "./world";

let world: ReturnType<typeof createWorld>;
afterEach(() => world.destroyAll());

it("a client is asked why for its own context, or for another, and assigns nothing by it", async () => {
  world = createWorld();
  const conditions = { dimension: "plan", op: "eq", value: "pro" } as const;
  world.server.commit([
    { key: "f", rules: [{ id: "r", conditions, value: true }], rollout: { percentage: 0 } },
    { key: "sticky", rollout: { percentage: 100, sticky: true } },
  ]);
  const client = world.client({ streaming: true, context: { userId: "u1", attributes: { plan: "free" } } });
  await client.ready();
  await settle();
  expect(explain(client, "f").lines.find(({ ruleId }) => ruleId === "r")).toMatchObject({
    finding: { expected: "pro", actual: "free" },
    change: 'plan must be "pro"',
  });
  const asPro = explain(client, "f", undefined, { change: { attributes: { plan: "pro" } } });
  expect(asPro).toMatchObject({ result: { value: true }, baseline: { value: false } });
  expect(formatExplanation(explain(client, "f", { userId: "u2" }))).toContain('plan eq "pro", was missing');
  expect(explain(client, "sticky").result.reason).toBe("percentage");
  expect(client.assignments()).toEqual({});
});
