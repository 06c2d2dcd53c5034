import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRollease } from "rollease";
import { migrate } from "rollease/db";
import { createPgliteAdapter } from "rollease/db/pglite";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RolleaseCore } from "../../../src/server/types";

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "rollease-"));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

async function start(): Promise<RolleaseCore> {
  const db = createPgliteAdapter({ dataDir });
  await migrate(db);
  return createRollease({ db, secret: "a-secret-of-the-tests" });
}

it("keeps flags, assignments, impressions and the feed's position in its folder", async () => {
  const first = await start();
  await first.flags.create({
    key: "exp",
    type: "multivariate",
    defaultValue: "none",
    variants: ["a", "b", "c"].map((key) => ({ key, value: key, weight: 1 })),
    rollout: { percentage: 100, sticky: true },
    rules: [{ conditions: { all: [{ dimension: "region", op: "eq", value: "EU" }] }, variantId: "b" }],
  });
  const before = await first.flags.evaluate("exp", { userId: "u1" });
  expect(before.reason).toBe("weighted_random");
  const { checkpoint } = await first.flags.snapshot();
  await first.close();

  const second = await start();
  expect((await second.flags.snapshot()).checkpoint).toBe(checkpoint);
  expect(await second.flags.evaluate("exp", { userId: "u1" })).toMatchObject({ variant: before.variant, reason: "assignment" });
  expect(await second.flags.evaluate("exp", { userId: "u2", region: "EU" })).toMatchObject({ value: "b", reason: "rule_match" });
  expect(await second.flags.listImpressions({ userId: "u1" })).toMatchObject([{ flagKey: "exp", variantKey: before.variant }]);
  await second.flags.kill("exp");
  expect(await second.flags.isEnabled("exp", { userId: "u1" })).toBe(false);
  await second.close();
});
