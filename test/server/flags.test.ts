import { describe, expect, it, vi } from "vitest";
import type { FlagInput } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const plain: FlagInput = { key: "f", type: "boolean", defaultValue: false };

describe("flags", () => {
  it("are created, read, listed, changed, killed, archived, restored and deleted", async () => {
    const rl = openRollease();
    const created = await rl.flags.create({ ...plain, description: "d", tags: ["t"] });
    expect(created).toMatchObject({ version: 1, status: "active", rules: [], locked: false });
    expect(await rl.flags.get("f")).toEqual(created);
    expect(await rl.flags.list({ tag: "t" })).toEqual({ flags: [created], total: 1, hasMore: false });
    const updated = await rl.flags.update("f", { description: null, defaultValue: true, owner: "me" });
    expect(updated).toMatchObject({ version: 2, defaultValue: true, owner: "me", createdAt: created.createdAt });
    expect(updated).not.toHaveProperty("description");
    expect((await rl.flags.kill("f")).status).toBe("killed");
    expect((await rl.flags.archive("f")).status).toBe("archived");
    expect((await rl.flags.restore("f")).version).toBe(5);
    await expect(rl.flags.delete("f", { confirm: "g" })).rejects.toMatchObject({ issues: [{ path: "confirm" }] });
    await rl.flags.delete("f", { confirm: "f" });
    await expect(rl.flags.get("f")).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    expect(await rl.flags.isEnabled("f", {})).toBe(false);
  });

  it("refuse what is no flag any more or yet", async () => {
    const rl = openRollease();
    await rl.flags.create(plain);
    await expect(rl.flags.create(plain)).rejects.toMatchObject({ code: "FLAG_CONFLICT" });
    for (const act of [rl.flags.kill("g"), rl.flags.update("g", {}), rl.flags.setLock("g", { locked: true })])
      await expect(act).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await expect(rl.flags.updateRule("f", "r", {})).rejects.toMatchObject({ code: "RULE_NOT_FOUND" });
    await expect(rl.flags.update("f", { key: "g" } as never)).rejects.toMatchObject({ issues: [{ path: "key" }] });
    await expect(rl.flags.update("f", { color: "red" } as never)).rejects.toMatchObject({ issues: [{ path: "color" }] });
  });

  it.each(["__proto__", "constructor", "prototype", "toString", "", "a b", "-a", "x".repeat(129)])(
    "refuse the key %j",
    async (key) => {
      const rl = openRollease();
      const input = JSON.parse(JSON.stringify({ ...plain, key })) as FlagInput;
      await expect(rl.flags.create(input)).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path: "key" }] });
      await expect(rl.flags.createSegment({ key, rules: true })).rejects.toMatchObject({ issues: [{ path: "key" }] });
    },
  );

  it("change nothing while they are locked, but for the lock and a forced kill", async () => {
    const rl = openRollease();
    await rl.flags.create({ ...plain, rules: [{ id: "r", conditions: true }] });
    expect(await rl.flags.setLock("f", { locked: true, reason: "freeze" })).toMatchObject({
      locked: true,
      lockedReason: "freeze",
    });
    const attempts = [
      () => rl.flags.update("f", { description: "x" }),
      () => rl.flags.archive("f"),
      () => rl.flags.kill("f"),
      () => rl.flags.restore("f"),
      () => rl.flags.delete("f", { confirm: "f" }),
      () => rl.flags.setRollout("f", { percentage: 1 }),
      () => rl.flags.addRule("f", { conditions: true }),
      () => rl.flags.updateRule("f", "r", { name: "x" }),
      () => rl.flags.removeRule("f", "r"),
      () => rl.flags.reorderRules("f", ["r"]),
      () => rl.flags.setOverride("f", { scope: "user", id: "u", value: true }),
      () => rl.flags.removeOverride("f", { scope: "user", id: "u" }),
    ];
    for (const attempt of attempts)
      await expect(attempt()).rejects.toMatchObject({ code: "FLAG_LOCKED", lockedReason: "freeze" });
    expect(await rl.flags.kill("f", { force: true })).toMatchObject({ status: "killed", locked: true });
    const unlocked = await rl.flags.setLock("f", { locked: false });
    expect(unlocked).toMatchObject({ locked: false });
    expect(unlocked).not.toHaveProperty("lockedReason");
    await rl.flags.restore("f");
  });

  it("keep who did what, why, and how it was before and after", async () => {
    const rl = openRollease();
    const actor = { id: "u1", type: "user", name: "Alice", permissions: ["*"] } as const;
    const before = await rl.flags.create(plain, { actor });
    const after = await rl.flags.kill("f", { actor, reason: "Incident" });
    const { items, total } = await rl.flags.getHistory({ flagKey: "f" });
    expect(total).toBe(2);
    expect(items[0]).toMatchObject({
      action: "kill",
      by: { id: "u1", type: "user", name: "Alice" },
      reason: "Incident",
      diff: { before, after },
    });
    expect(items[0]?.by).not.toHaveProperty("permissions");
    expect(items[1]).toMatchObject({ action: "create", diff: { before: null, after: before } });
  });

  it("are changed by exactly one of many writers at each version", async () => {
    const rl = openRollease();
    await rl.flags.create(plain);
    for (const ifVersion of [1, 2]) {
      const all = await Promise.allSettled(
        Array.from({ length: 50 }, (_, i) => rl.flags.update("f", { description: `by ${i}` }, { ifVersion })),
      );
      expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const lost = all.filter((one) => one.status === "rejected");
      expect(lost.every(({ reason }) => (reason as { code?: string }).code === "FLAG_CONFLICT")).toBe(true);
    }
    expect((await rl.flags.get("f")).version).toBe(3);
  });

  it("tell who listens, after the change can be read", async () => {
    const rl = openRollease();
    const seen: unknown[] = [];
    rl.flags.onChange(({ changes }) => {
      seen.push(changes);
    });
    await rl.flags.create(plain);
    await vi.waitFor(() => expect(seen).toEqual([[{ kind: "flag", key: "f", deleted: false }]]));
    await rl.flags.delete("f", { confirm: "f" });
    expect(seen.at(-1)).toEqual([{ kind: "flag", key: "f", deleted: true }]);
  });

  it("go through the hook before anything else, which may say no", async () => {
    const onBeforeMutation = vi.fn(() => Promise.reject(new Error("Forbidden")));
    const rl = openRollease({ hooks: { onBeforeMutation } });
    const actor = { id: "a", type: "service" } as const;
    await expect(rl.flags.create({ key: "f" } as never, { actor })).rejects.toThrow("Forbidden");
    expect(onBeforeMutation).toHaveBeenCalledExactlyOnceWith({ action: "create", flagKey: "f", actor });
    expect((await rl.flags.getHistory()).total).toBe(0);
  });

  it("live in their environments alone", async () => {
    const { db } = await import("rollease/db/memory").then(({ createMemoryAdapter }) => ({ db: createMemoryAdapter() }));
    const everywhere = openRollease({ db });
    await everywhere.flags.create({ ...plain, key: "all" });
    await everywhere.flags.create({ ...plain, key: "staging", environment: "staging" });
    await everywhere.flags.create({ ...plain, key: "both", environments: ["staging", "production"] });
    const rl = openRollease({ db, environment: "production" });
    expect(Object.keys(await rl.flags.evaluateAll({})).sort()).toEqual(["all", "both"]);
    expect((await rl.flags.list()).flags.map(({ key }) => key)).toEqual(["all", "both"]);
    await expect(rl.flags.get("staging")).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await expect(rl.flags.kill("staging")).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await expect(rl.flags.evaluate("staging", { environment: "staging" })).rejects.toMatchObject({ code: "FLAG_NOT_FOUND" });
    await expect(rl.flags.create({ ...plain, environment: "staging" })).rejects.toMatchObject({
      issues: [{ path: "environment" }],
    });
    expect((await rl.flags.snapshot()).flags.map(({ key }) => key).sort()).toEqual(["all", "both"]);
  });
});
