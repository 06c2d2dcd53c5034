import { OpenFeature } from "@openfeature/server-sdk";
import { createRolleaseProvider } from "rollease/openfeature";
import { expect, it, onTestFinished } from "vitest";
import { openRollease } from "../../server/open-rollease";

it("serves the standard OpenFeature client as documented", async () => {
  const rl = openRollease();
  onTestFinished(() => OpenFeature.clearProviders());
  const inTheUs = { conditions: { dimension: "country", op: "eq", value: "US" } as const, variantId: "treatment_a" };
  const variants = [
    { key: "control", value: "control", weight: 1 },
    { key: "treatment_a", value: "cheaper", weight: 0 },
  ];
  await rl.flags.create({
    key: "new-checkout",
    type: "boolean",
    defaultValue: false,
    overrides: [{ scope: "user", id: "user-123", value: true }],
  });
  await rl.flags.create({ key: "pricing-experiment", type: "multivariate", defaultValue: "control", variants, rules: [inTheUs] });
  const userId = "user-123";

  // Register once at startup
  OpenFeature.setProvider(createRolleaseProvider(rl.flags));

  // Use anywhere via the standard OpenFeature client
  const client = OpenFeature.getClient();
  await new Promise<void>((resolve) => client.addHandler("PROVIDER_READY" as never, () => resolve()));
  const enabled = await client.getBooleanValue("new-checkout", false, {
    targetingKey: userId,
  });
  const variant = await client.getStringValue("pricing-experiment", "control", {
    targetingKey: userId,
    country: "US",
  });

  expect([enabled, variant]).toEqual([true, "cheaper"]);
  expect(await client.getBooleanValue("new-checkout", false, { targetingKey: "another" })).toBe(false);
});
