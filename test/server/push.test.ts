import { describe, expect, it } from "vitest";
import { INTERNAL, type RolleaseCore } from "../../src/server/types";
import type { PushEntry } from "../../src/protocol/wire";
import { openRollease } from "./open-rollease";

const at = "2026-05-01T10:00:00.000Z";
const assignment = (id: string, variantKey: string, fields: Partial<PushEntry> = {}): PushEntry =>
  ({ id, type: "assignment", flagKey: "e", unit: "u1", variantKey, at, ...fields }) as PushEntry;
const impression = (id: string, fields: object = {}): PushEntry => ({
  id,
  type: "impression",
  flagKey: "e",
  unit: "u1",
  variant: "a",
  value: "A",
  reason: "weighted_random",
  at,
  ...fields,
});
const event = (id: string, fields: object = {}): PushEntry => ({ id, type: "event", event: "paid", unit: "u1", at, ...fields });

async function open(): Promise<{ rl: RolleaseCore; push: (...entries: PushEntry[]) => Promise<readonly unknown[]> }> {
  const rl = openRollease({ impressions: { enabled: false } });
  const variants = ["a", "b"].map((key) => ({ key, value: key.toUpperCase(), weight: 1 }));
  await rl.flags.create({
    key: "e",
    type: "multivariate",
    defaultValue: "-",
    variants,
    rollout: { percentage: 100, sticky: true },
  });
  return { rl, push: (...entries) => rl[INTERNAL].push(entries) };
}

describe("a push", () => {
  it("applies each entry once, however often it comes", async () => {
    const { rl, push } = await open();
    const batch = [assignment("1", "a"), impression("2"), event("3", { value: 9.5, metadata: { cart: [1] } }), event("3")];
    expect(await push(...batch)).toEqual([
      { id: "1", status: "applied", canonical: "a" },
      { id: "2", status: "applied" },
      { id: "3", status: "applied" },
      { id: "3", status: "duplicate" },
    ]);
    expect(await push(...batch, event("4", { unit: null }))).toEqual([
      { id: "1", status: "duplicate", canonical: "a" },
      { id: "2", status: "duplicate" },
      { id: "3", status: "duplicate" },
      { id: "3", status: "duplicate" },
      { id: "4", status: "applied" },
    ]);
    const { db } = rl[INTERNAL];
    expect(await db.impressions({})).toEqual([
      { flagKey: "e", userId: "u1", value: "A", variantKey: "a", reason: "weighted_random", createdAt: at },
    ]);
    expect(await db.events({})).toEqual([
      { event: "paid", userId: null, value: null, metadata: null, createdAt: at },
      { event: "paid", userId: "u1", value: 9.5, metadata: { cart: [1] }, createdAt: at },
    ]);
  });

  it("answers the canonical assignment to who lost", async () => {
    const { rl, push } = await open();
    await push(assignment("1", "a"));
    expect(await push(assignment("2", "b"))).toEqual([{ id: "2", status: "applied", canonical: "a" }]);
    expect(await push(assignment("2", "b"))).toEqual([{ id: "2", status: "duplicate", canonical: "a" }]);
    expect(await rl[INTERNAL].assignments("u1")).toEqual({ e: "a" });
    expect(await rl.flags.evaluate("e", { userId: "u1" })).toMatchObject({ variant: "a", reason: "assignment" });
    expect(await rl[INTERNAL].assign({ flagKey: "e", unit: "u1", variantKey: "b" })).toBe("a");
  });

  it("rejects what cannot be, by itself", async () => {
    const { rl, push } = await open();
    const results = await push(
      assignment("1", "zzz"),
      assignment("2", "a", { flagKey: "nope" }),
      assignment("3", "a", { unit: "\0" }),
      impression("4", { value: { deep: ["\ud800"] } }),
      impression("5", { at: "yesterday" }),
      event("6", { event: "a\0b" }),
      assignment("7", "on"),
      event("8"),
    );
    expect(results).toEqual([
      { id: "1", status: "rejected", error: "unknown_variant" },
      { id: "2", status: "rejected", error: "unknown_flag" },
      { id: "3", status: "rejected", error: "malformed" },
      { id: "4", status: "rejected", error: "malformed" },
      { id: "5", status: "rejected", error: "malformed" },
      { id: "6", status: "rejected", error: "malformed" },
      { id: "7", status: "rejected", error: "unknown_variant" },
      { id: "8", status: "applied" },
    ]);
    expect(await rl.flags.getUserAssignments("u1")).toEqual({});
  });
});
