import { EventEmitter2, EventEmitterModule } from "@nestjs/event-emitter";
import { getBucket, type Rollease } from "rollease";
import { type FeatureFlagContext, FeatureFlagEvents, FeatureFlagService, type FlagEvaluatedEvent } from "rollease/nestjs";
import { beforeEach, describe, expect, it } from "vitest";
import { openApp, openRollease } from "./open-app";

const someone = { userId: "user-1", tenantId: "tenant-1" };
const users = Array.from({ length: 300 }, (_, i) => `user-${i}`);

let rl: Rollease;
let flags: FeatureFlagService;
let last: FlagEvaluatedEvent | undefined;

/** The answer, and the layer that gave it. */
async function ask(context: FeatureFlagContext, key = "FLAG"): Promise<string> {
  const result = await flags.isEnabled(key, context);
  expect(last).toMatchObject({ flagKey: key, result });
  return `${result} by ${last?.source}`;
}

async function countIn(toContext: (user: string) => FeatureFlagContext): Promise<number> {
  const answers = await Promise.all(users.map((user) => flags.isEnabled("FLAG", toContext(user))));
  return answers.filter(Boolean).length;
}

describe.each([
  ["without a cache", 0],
  ["with a cache", 30_000],
])("the layers, %s", (_, cacheTtlMs) => {
  beforeEach(async () => {
    rl = openRollease();
    const { app, ...opened } = await openApp({ rl, cacheTtlMs, emitEvents: true }, { imports: [EventEmitterModule.forRoot()] });
    flags = opened.flags;
    app.get(EventEmitter2).on(FeatureFlagEvents.EVALUATED, (event: FlagEvaluatedEvent) => (last = event));
  });

  it("each wins over those below it, from the default up", async () => {
    await flags.create({ key: "FLAG", enabled: true });
    expect(await ask(someone)).toBe("true by global_default");

    await flags.update("FLAG", { percentage: 0 });
    expect(await ask(someone)).toBe("false by percentage");

    await flags.setOverride("FLAG", { environment: "production", enabled: true });
    expect(await ask(someone)).toBe("true by environment_override");

    await flags.setOverride("FLAG", { tenantId: "tenant-1", enabled: false });
    expect(await ask(someone)).toBe("false by tenant_override");
    expect(await ask({ tenantId: "tenant-2" })).toBe("true by environment_override");

    await flags.setOverride("FLAG", { userId: "user-1", enabled: true });
    expect(await ask(someone)).toBe("true by user_override");
    expect(await ask({ ...someone, userId: "user-2" })).toBe("false by tenant_override");

    await flags.archive("FLAG");
    expect(await ask(someone)).toBe("false by archived");
  });

  it("and from the top down, as one after the other is taken away", async () => {
    await flags.create({ key: "FLAG", enabled: false, percentage: 100 });
    await flags.setOverride("FLAG", { environment: "production", enabled: false });
    await flags.setOverride("FLAG", { tenantId: "tenant-1", enabled: true });
    await flags.setOverride("FLAG", { userId: "user-1", enabled: false });
    expect(await ask(someone)).toBe("false by user_override");
    await flags.removeOverride("FLAG", { userId: "user-1" });
    expect(await ask(someone)).toBe("true by tenant_override");
    await flags.removeOverride("FLAG", { tenantId: "tenant-1" });
    expect(await ask(someone)).toBe("false by environment_override");
    await flags.removeOverride("FLAG", { environment: "production" });
    expect(await ask(someone)).toBe("true by percentage");
    await flags.update("FLAG", { percentage: null });
    expect(await ask(someone)).toBe("false by global_default");
  });

  it("an override of another environment says nothing here", async () => {
    await flags.create({ key: "FLAG" });
    await flags.setOverride("FLAG", { environment: "staging", enabled: true });
    expect(await ask(someone)).toBe("false by global_default");
  });

  it("who is outside the percentage gets false, whatever enabled says, and who is inside true", async () => {
    await flags.create({ key: "FLAG", enabled: true, percentage: 30 });
    const inside = users.filter((user) => getBucket(user, "FLAG") < 30);
    expect(inside.length).toBeGreaterThan(0);
    expect(await countIn((userId) => ({ userId }))).toBe(inside.length);
    for (const userId of users.slice(0, 20)) expect(await ask({ userId })).toBe(`${inside.includes(userId)} by percentage`);
    await flags.update("FLAG", { enabled: false });
    expect(await countIn((userId) => ({ userId }))).toBe(inside.length);
  });

  it("a user stays in as the percentage grows", async () => {
    await flags.create({ key: "FLAG", percentage: 10 });
    let before: string[] = [];
    for (const percentage of [10, 35.5, 70, 100]) {
      await flags.update("FLAG", { percentage });
      const answers = await Promise.all(users.map((userId) => flags.isEnabled("FLAG", { userId })));
      const inside = users.filter((_, i) => answers[i]);
      expect(inside).toEqual(expect.arrayContaining(before));
      before = inside;
    }
    expect(before).toEqual(users);
  });

  it("without a user the tenant is bucketed, and with one it is not", async () => {
    await flags.create({ key: "FLAG", enabled: true, percentage: 30 });
    const inside = users.filter((tenant) => getBucket(tenant, "FLAG") < 30);
    expect(await countIn((tenantId) => ({ tenantId }))).toBe(inside.length);
    expect(await countIn((tenantId) => ({ tenantId, userId: "" }))).toBe(inside.length);
    const answer = await flags.isEnabled("FLAG", { userId: "user-1" });
    expect(await countIn((tenantId) => ({ tenantId, userId: "user-1" }))).toBe(answer ? users.length : 0);
  });

  it.each([true, false])("without a user and a tenant enabled (%s) decides, whatever the percentage", async (enabled) => {
    await flags.create({ key: "FLAG", enabled, percentage: enabled ? 0 : 100 });
    expect(await ask({})).toBe(`${enabled} by global_default`);
    await flags.update("FLAG", { percentage: 50 });
    expect(await ask({ userId: "", tenantId: "" })).toBe(`${enabled} by global_default`);
    await flags.update("FLAG", { enabled: !enabled });
    expect(await ask({})).toBe(`${!enabled} by global_default`);
  });

  it("a flag that is not there is off", async () => {
    expect(await ask(someone)).toBe("false by not_found");
    await flags.create({ key: "FLAG", enabled: true });
    expect(await ask(someone)).toBe("true by global_default");
    await rl.flags.delete("FLAG", { confirm: "FLAG" });
    expect(await ask(someone)).toBe("false by not_found");
  });

  it("what a flag has beyond these layers counts as everywhere", async () => {
    await rl.flags.create({ key: "FLAG", type: "boolean", defaultValue: false });
    await flags.update("FLAG", { percentage: 0 });
    await rl.flags.addRule("FLAG", { conditions: { all: [{ dimension: "plan", op: "eq", value: "pro" }] }, value: true });
    expect(await ask({ ...someone, attributes: { plan: "pro" } })).toBe("true by rule");
    expect(await ask({ ...someone, attributes: { plan: "free" } })).toBe("false by percentage");
    await rl.flags.kill("FLAG");
    expect(await ask({ ...someone, attributes: { plan: "pro" } })).toBe("false by kill_switch");
  });

  it("a flag that lives elsewhere is not here", async () => {
    await rl.flags.create({ key: "FLAG", type: "boolean", defaultValue: true, environment: "staging" });
    expect(await ask(someone)).toBe("false by not_found");
    expect(await flags.findAll()).toEqual([]);
  });

  it("a flag of another type is on where its value is something", async () => {
    await rl.flags.create({ key: "FLAG", type: "string", defaultValue: "" });
    expect(await ask(someone)).toBe("false by global_default");
    await rl.flags.update("FLAG", { defaultValue: "yes" });
    expect(await ask(someone)).toBe("true by global_default");
  });
});
