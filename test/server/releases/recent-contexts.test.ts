import { describe, expect, it } from "vitest";
import type { FlagContext } from "../../../src/model/context";
import { createRecentContexts } from "../../../src/server/releases/recent-contexts";
import { openRollease } from "../open-rollease";
import { createFlags } from "./flags";

function seen(size: number, ...contexts: readonly FlagContext[]): readonly FlagContext[] {
  const recent = createRecentContexts(size);
  for (const context of contexts) recent.see(context);
  return recent.list();
}

describe("recently evaluated contexts", () => {
  it("are the last of each user", () => {
    expect(seen(9, { userId: "a", region: "EU" }, { userId: "b" }, { userId: "a", region: "US" })).toEqual([
      { userId: "b" },
      { userId: "a", region: "US" },
    ]);
  });

  it("are different ones without a user", () => {
    const circle: { userType: string; attributes: Record<string, unknown> } = { userType: "x", attributes: {} };
    circle.attributes.self = circle;
    const listed = seen(9, {}, { region: "EU" }, { region: "EU" }, {}, circle, { userId: 7 as never });
    expect(listed).toHaveLength(4);
    expect(listed).toEqual(expect.arrayContaining([{}, { region: "EU" }, circle, { userId: 7 }]));
  });

  it("are bounded, the newest staying", () => {
    const users = Array.from({ length: 25 }, (_, i) => ({ userId: `u${i}` }));
    expect(seen(10, ...users)).toEqual(users.slice(15));
    const regions = Array.from({ length: 25 }, (_, i) => ({ region: `r${i}` }));
    expect(seen(10, ...regions)).toEqual(regions.slice(15));
    expect(seen(10, ...users, ...regions.slice(0, 4))).toEqual([...users.slice(19), ...regions.slice(0, 4)]);
  });

  it("are bounded, however users and others alternate", () => {
    const both = Array.from({ length: 40 }, (_, i) => (i % 2 ? { userId: `u${i}` } : { region: `r${i}` }));
    expect(seen(10, ...both)).toEqual(both.slice(30));
  });

  it("are what they were, whatever becomes of the caller's object", () => {
    const shared: { userId: string; region?: string } = { userId: "a" };
    const recent = createRecentContexts();
    recent.see(shared);
    shared.userId = "b";
    shared.region = "EU";
    recent.see(shared);
    expect(recent.list()).toEqual([{ userId: "a" }, { userId: "b", region: "EU" }]);
  });

  it("are none of what is no context", () => {
    expect(seen(9, null as never, undefined as never, "u" as never)).toEqual([]);
  });

  it("are seen by every way to evaluate, and by nothing else", async () => {
    const rl = openRollease();
    await createFlags(rl, "a");
    const { id } = await rl.flags.createRelease({ name: "R", changes: [{ flagKey: "a", action: "kill" }] });
    const count = async (): Promise<number> => (await rl.flags.previewRelease(id)).contexts;
    await rl.flags.isEnabled("a", { userId: "1" });
    await rl.flags.getValue("a", { userId: "2" });
    await rl.flags.getVariant("a", { userId: "3" });
    await rl.flags.evaluate("a", { userId: "4" });
    await rl.flags.evaluateAll({ userId: "5" });
    await rl.flags.evaluateAllDetailed({ userId: "6" });
    expect(await count()).toBe(6);
    await rl.flags.explain("a", { userId: "7" });
    expect(await count()).toBe(6);
    await rl.flags.forgetUser("5");
    expect(await count()).toBe(5);
    for (let i = 0; i < 1_200; i++) await rl.flags.isEnabled("a", { userId: `u${i}` });
    expect(await count()).toBe(1_000);
  });
});
