import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it } from "vitest";
import type { ReleaseChangeInput } from "../../../src/server/releases/release-types";
import type { RolleaseCore } from "../../../src/server/types";
import { openRollease } from "../open-rollease";
import { booleanFlag, createFlags } from "./flags";

async function preview(rl: RolleaseCore, ...changes: readonly ReleaseChangeInput[]) {
  const { id } = await rl.flags.createRelease({ name: "R", changes });
  return rl.flags.previewRelease(id);
}

/** Evaluates something for these users, so that they have been seen. */
async function show(rl: RolleaseCore, users: number, of: (i: number) => object = () => ({})): Promise<void> {
  for (let i = 0; i < users; i++) await rl.flags.isEnabled("a", { userId: `u${i}`, ...of(i) });
}

describe("a preview", () => {
  it("shows each flag before and after, and leaves everything as it is", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    await createFlags(rl, "a", "b");
    const { id } = await rl.flags.createRelease({
      name: "R",
      changes: [
        { flagKey: "b", action: "kill" },
        { flagKey: "a", action: "set_value", value: true },
        { flagKey: "a", action: "set_rollout", value: 5 },
      ],
    });
    const before = [await db.feed(), await db.history({}), await db.release(id)];
    const shown = await rl.flags.previewRelease(id);
    expect([await db.feed(), await db.history({}), await db.release(id)]).toEqual(before);
    expect(shown).toMatchObject({
      release: { id, status: "pending" },
      flags: [
        { flagKey: "a", before: { version: 1, defaultValue: false }, after: { version: 2, defaultValue: true } },
        { flagKey: "b", before: { status: "active" }, after: { status: "killed" } },
      ],
      contexts: 0,
      affected: 0,
      problems: [],
    });
    await rl.flags.deployRelease(id);
    for (const { flagKey, after } of shown.flags) {
      const { updatedAt: _, ...made } = await rl.flags.get(flagKey);
      expect(after).toMatchObject(made);
    }
  });

  it("counts the contexts that would get another value, as evaluating them before and after shows", async () => {
    const rl = openRollease();
    const region = (i: number) => (i % 3 === 0 ? "EU" : "US");
    await rl.flags.create(booleanFlag("a", { rollout: { percentage: 20 } }));
    await createFlags(rl, "b");
    await show(rl, 300, (i) => ({ region: region(i) }));
    const changes = [
      { flagKey: "a", action: "set_rollout", value: 60 },
      { flagKey: "b", action: "add_rule", value: { conditions: { dimension: "region", op: "eq", value: "EU" } } },
    ] as const;
    const { id } = await rl.flags.createRelease({ name: "R", changes });
    const shown = await rl.flags.previewRelease(id);
    const read = (): Promise<Record<string, { value: unknown }>[]> =>
      Promise.all(Array.from({ length: 300 }, (_, i) => rl.flags.evaluateAll({ userId: `u${i}`, region: region(i) })));
    const before = await read();
    await rl.flags.deployRelease(id);
    const after = await read();
    const differs = (key: string, i: number): boolean => before[i]?.[key]?.value !== after[i]?.[key]?.value;
    const count = (test: (i: number) => boolean): number => before.filter((_, i) => test(i)).length;
    expect(shown).toMatchObject({
      contexts: 300,
      affected: count((i) => differs("a", i) || differs("b", i)),
      flags: [{ affected: count((i) => differs("a", i)) }, { affected: 100 }],
      dependents: [],
    });
    expect(shown.flags[0]?.affected).toBeGreaterThan(80);
  });

  it("follows changes to the flags that depend on them, by segments, too", async () => {
    const rl = openRollease();
    const on = { dimension: "value", op: "eq", value: true } as const;
    await createFlags(rl, "a");
    await rl.flags.createSegment({ key: "s", rules: { flag: "a", where: on } });
    await rl.flags.create(booleanFlag("by-segment", { rules: [{ conditions: { segment: "s" } }] }));
    await rl.flags.create(booleanFlag("by-prerequisite", { prerequisites: [{ flagKey: "a", value: true }], defaultValue: true }));
    await rl.flags.create(booleanFlag("indifferent"));
    await show(rl, 10);
    const { affected, flags, dependents } = await preview(rl, { flagKey: "a", action: "set_value", value: true });
    expect({ affected, own: flags.map((each) => each.affected) }).toEqual({ affected: 10, own: [10] });
    expect(new Map(dependents.map((each) => [each.flagKey, each.affected]))).toEqual(
      new Map([
        ["by-segment", 10],
        ["by-prerequisite", 10],
      ]),
    );
  });

  it("reckons with the assignments that units have", async () => {
    const rl = openRollease();
    await rl.flags.create(booleanFlag("a", { rollout: { percentage: 100, sticky: true } }));
    await rl.flags.create(booleanFlag("loose", { rollout: { percentage: 100 } }));
    await show(rl, 20);
    const shown = await preview(
      rl,
      { flagKey: "a", action: "set_rollout", value: 0 },
      { flagKey: "loose", action: "set_rollout", value: 0 },
    );
    expect(shown.flags.map(({ flagKey, affected }) => [flagKey, affected])).toEqual([
      ["a", 0],
      ["loose", 20],
    ]);
    expect(await rl.flags.getUserAssignments("u1")).toEqual({ a: "on" });
  });

  it("says what keeps the release from being deployed, all of it", async () => {
    const rl = openRollease();
    await createFlags(rl, "a", "b", "c");
    await rl.flags.setLock("a", { locked: true });
    const { id } = await rl.flags.createRelease({
      name: "R",
      requiresApproval: true,
      changes: [
        { flagKey: "a", action: "kill" },
        { flagKey: "b", action: "remove_rule", value: "r" },
        { flagKey: "c", action: "add_rule", value: { conditions: { segment: "s" } } },
        { flagKey: "d", action: "kill" },
      ],
    });
    const { problems, flags } = await rl.flags.previewRelease(id);
    expect(problems).toMatchObject([
      { code: "RELEASE_CONFLICT" },
      { code: "FLAG_LOCKED", flagKey: "a" },
      { code: "RULE_NOT_FOUND", flagKey: "b" },
      { code: "FLAG_NOT_FOUND", flagKey: "d" },
      { code: "VALIDATION", message: 'changes[2].value.conditions.segment: there is no segment "s"' },
    ]);
    expect(flags.map(({ flagKey }) => flagKey)).toEqual(["a", "c"]);
  });
});
