import { describe, expect, it } from "vitest";
import type { Condition } from "../../src/model/condition";
import type { FlagInput } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const flag = (key: string, fields: Partial<FlagInput> = {}): FlagInput => ({
  key,
  type: "boolean",
  defaultValue: false,
  ...fields,
});
const needs = (...keys: string[]): Partial<FlagInput> => ({ prerequisites: keys.map((flagKey) => ({ flagKey })) });
const rule = (conditions: Condition): Partial<FlagInput> => ({ rules: [{ conditions }] });

describe("references", () => {
  it("must lead to something", async () => {
    const rl = openRollease();
    await expect(rl.flags.create(flag("a", needs("b")))).rejects.toMatchObject({
      issues: [{ path: "prerequisites[0].flagKey" }],
    });
    await expect(rl.flags.create(flag("a", rule({ any: [false, { segment: "s" }] })))).rejects.toMatchObject({
      issues: [{ path: "rules[0].conditions.any[1].segment" }],
    });
    await expect(rl.flags.createSegment({ key: "s", rules: { segment: "t" } })).rejects.toMatchObject({
      issues: [{ path: "rules.segment" }],
    });
    await expect(
      rl.flags.createExclusionLayer({ key: "l", allocations: [{ flagKey: "a", start: 0, end: 1 }] }),
    ).rejects.toMatchObject({ issues: [{ path: "allocations[0].flagKey" }] });
    // The context may bring segments of its own.
    await rl.flags.create(flag("a", rule({ dimension: "segment", op: "in", value: ["s"] })));
  });

  it("must not come round", async () => {
    const rl = openRollease();
    await rl.flags.create(flag("a"));
    await rl.flags.create(flag("b", needs("a")));
    await rl.flags.create(flag("c", needs("b")));
    await expect(rl.flags.update("a", needs("c"))).rejects.toMatchObject({
      issues: [
        { path: "prerequisites[0].flagKey", message: expect.stringContaining('"c" needs flag "b" needs flag "a"') as string },
      ],
    });
    await expect(rl.flags.update("a", needs("a"))).rejects.toMatchObject({ code: "VALIDATION" });
    await rl.flags.createSegment({ key: "s", rules: { flag: "a", where: { dimension: "value", op: "eq", value: true } } });
    await expect(rl.flags.update("a", rule({ segment: "s" }))).rejects.toMatchObject({ code: "VALIDATION" });
    await rl.flags.createSegment({ key: "t", rules: { segment: "s" } });
    await expect(rl.flags.updateSegment("s", { rules: { none: [{ segment: "t" }] } })).rejects.toMatchObject({
      issues: [{ path: "rules.none[0].segment" }],
    });
  });

  it("hold on to what they lead to", async () => {
    const rl = openRollease();
    await rl.flags.createSegment({ key: "s", rules: true });
    await rl.flags.create(flag("a", rule({ segment: "s" })));
    await rl.flags.create(flag("b", needs("a")));
    await rl.flags.create(flag("c", rule({ dimension: "segment", op: "in", value: ["s"] })));
    await expect(rl.flags.deleteSegment("s")).rejects.toMatchObject({
      code: "VALIDATION",
      message: expect.stringMatching(/flag "a", flag "c"/) as string,
    });
    await expect(rl.flags.delete("a", { confirm: "a" })).rejects.toThrow(/flag "b"/);
    await rl.flags.update("b", { prerequisites: null });
    await rl.flags.delete("a", { confirm: "a" });
    await rl.flags.delete("c", { confirm: "c" });
    await rl.flags.deleteSegment("s");
    await expect(rl.flags.getSegment("s")).rejects.toMatchObject({ code: "SEGMENT_NOT_FOUND" });
  });
});

describe("segments", () => {
  it("are kept, changed and evaluated", async () => {
    const rl = openRollease();
    await rl.flags.createSegment({
      key: "staff",
      name: "Staff",
      rules: { all: [{ dimension: "userType", op: "eq", value: "internal" }] },
    });
    await rl.flags.create(flag("a", rule({ segment: "staff" })));
    expect(await rl.flags.isEnabled("a", { userType: "internal" })).toBe(true);
    const changed = await rl.flags.updateSegment("staff", { name: null, rules: false }, { actor: { id: "x", type: "system" } });
    expect(changed).toMatchObject({ version: 2, rules: false });
    expect(await rl.flags.isEnabled("a", { userType: "internal" })).toBe(false);
    expect(await rl.flags.listSegments()).toEqual([changed]);
    expect((await rl.flags.getHistory({ limit: 1 })).items[0]).toMatchObject({
      action: "update_segment",
      diff: { after: changed },
    });
  });
});
