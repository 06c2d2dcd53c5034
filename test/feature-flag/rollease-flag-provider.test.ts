import { FeatureFlag, FlagNotFoundError, RolleaseFlagProvider } from "rollease/feature-flag";
import { createMockRollease, type MockOptions, type MockRollease } from "rollease/testing";
import { afterEach, expect, it, onTestFinished } from "vitest";

afterEach(() => FeatureFlag.restore());

async function open(options?: MockOptions): Promise<MockRollease> {
  const rl = await createMockRollease(options);
  onTestFinished(() => rl.close());
  FeatureFlag.configureProvider(new RolleaseFlagProvider(rl));
  return rl;
}

it("answers what rollease serves", async () => {
  const rl = await open({ flags: { "new-checkout": true, "max-items": 25, theme: "dark", limits: { seats: 3 }, list: [1, 2] } });
  expect(await FeatureFlag.isEnabled("new-checkout")).toBe(true);
  expect(await FeatureFlag.getValue<number>("max-items")).toBe(25);
  expect(await FeatureFlag.value<string>("theme")).toBe("dark");
  expect(await FeatureFlag.value("limits")).toEqual({ seats: 3 });
  expect(await FeatureFlag.value("list")).toEqual([1, 2]);
  await rl.setFlag("new-checkout", false);
  expect(await FeatureFlag.isEnabled("new-checkout")).toBe(false);
});

it("evaluates for whom it is asked", async () => {
  const rl = await open();
  const rules = [
    { conditions: { dimension: "userId", op: "eq" as const, value: "u_1" }, value: "user" },
    { conditions: { dimension: "tenantId", op: "eq" as const, value: "org_1" }, value: "tenant" },
    { conditions: { dimension: "organizationId", op: "eq" as const, value: "org_2" }, value: "organization" },
    { conditions: { dimension: "plan", op: "eq" as const, value: "pro" }, value: "plan" },
    { conditions: { dimension: "color", op: "eq" as const, value: "red" }, value: "color" },
    { conditions: { dimension: "version", op: "semverGte" as const, value: "2.0.0" }, value: "version" },
    { conditions: { dimension: "segment", op: "eq" as const, value: "staff" }, value: "segment" },
  ];
  await rl.mockFlag({ key: "who", type: "string", defaultValue: "nobody", rules });
  const who = (context: Record<string, unknown>) => FeatureFlag.for(context).value("who");
  expect(await who({ userId: "u_1" })).toBe("user");
  expect(await who({ organizationId: "org_1" })).toBe("tenant");
  expect(await who({ organizationId: "org_2", tenantId: "org_3" })).toBe("organization");
  expect(await who({ organizationId: "org_1", tenantId: "org_3" })).toBe("nobody");
  expect(await who({ plan: "pro" })).toBe("plan");
  expect(await who({ attributes: { color: "red" }, size: 3 })).toBe("color");
  expect(await who({ version: "2.1.0" })).toBe("version");
  expect(await who({ segments: ["staff"] })).toBe("segment");
  expect(await who({})).toBe("nobody");
  expect(await FeatureFlag.value("who")).toBe("nobody");
});

it("is off where rollease is off", async () => {
  const rl = await open({ flags: { plain: true, number: 25 } });
  await rl.mockFlag({ key: "expired", defaultValue: true, expiresAt: "2000-01-01T00:00:00Z" });
  await rl.mockFlag({ key: "odd", defaultValue: true, offValue: true });
  await rl.flags.kill("plain");
  await rl.flags.kill("odd");
  await rl.flags.kill("number");
  for (const flag of ["plain", "expired", "odd"]) {
    expect(await FeatureFlag.isEnabled(flag)).toBe(await rl.flags.isEnabled(flag, {}));
    expect(await FeatureFlag.getValue(flag)).toBe(false);
  }
  // What is no boolean keeps its type.
  expect(await FeatureFlag.getValue("number")).toBe(25);
});

it("tells a missing flag", async () => {
  await open();
  expect(await FeatureFlag.isEnabled("missing")).toBe(false);
  expect(await FeatureFlag.value("missing", 3)).toBe(3);
  await expect(FeatureFlag.getValue("missing")).rejects.toBeInstanceOf(FlagNotFoundError);
});

it("is read-only", async () => {
  await open({ flags: { plain: true } });
  await expect(FeatureFlag.set("plain", false)).rejects.toThrow("read-only");
});

it("wants a Rollease", () => {
  expect(() => new RolleaseFlagProvider(undefined as never)).toThrow("rl.flags: must have evaluate.");
  expect(() => new RolleaseFlagProvider({} as never)).toThrow("rl.flags: must have evaluate.");
});
