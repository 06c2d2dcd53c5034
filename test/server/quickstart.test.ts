import { createRollease } from "rollease";
import { createMemoryAdapter } from "rollease/db/memory";
import { expect, it } from "vitest";

it("does what the quickstart shows", async () => {
  const rl = createRollease({
    db: createMemoryAdapter(),
    secret: process.env.ROLLEASE_SECRET ?? "dev-secret-change-me-32chars",
  });

  await rl.flags.create({
    key: "new-checkout",
    type: "boolean",
    defaultValue: false,
    rollout: { percentage: 50, sticky: true, hashKey: "userId" },
  });

  const enabled = await rl.flags.isEnabled("new-checkout", { userId: "user-123" });
  expect(typeof enabled).toBe("boolean");
  expect(await rl.flags.isEnabled("new-checkout", { userId: "user-123" })).toBe(enabled);

  const users = Array.from({ length: 400 }, (_, i) => `user-${i}`);
  const results = await Promise.all(users.map((userId) => rl.flags.isEnabled("new-checkout", { userId })));
  const share = results.filter(Boolean).length / users.length;
  expect(share).toBeGreaterThan(0.4);
  expect(share).toBeLessThan(0.6);
  await rl.close();
});
