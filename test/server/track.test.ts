import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import { openRollease } from "./open-rollease";

describe("an event that starts on the server", () => {
  it("is stored with its user, value and metadata, at the time of the clock", async () => {
    const db = createMemoryAdapter();
    const { flags } = openRollease({ db });
    await flags.track("paid", { userId: "u1", value: 9.5, metadata: { currency: "EUR" } });
    await flags.track("looked");
    const createdAt = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    expect(await db.events({})).toEqual([
      { event: "looked", userId: null, value: null, metadata: null, createdAt },
      { event: "paid", userId: "u1", value: 9.5, metadata: { currency: "EUR" }, createdAt },
    ]);
  });

  it.each([
    ["event", "", {}],
    ["event", "x".repeat(257), {}],
    ["event", null as never, {}],
    ["userId", "paid", { userId: "" }],
    ["value", "paid", { value: Infinity }],
    ["metadata", "paid", { metadata: { note: "\0" } }],
  ] as const)("is refused by the name of the field: %s", async (path, event, data) => {
    const db = createMemoryAdapter();
    await expect(openRollease({ db }).flags.track(event, data)).rejects.toMatchObject({ code: "VALIDATION", issues: [{ path }] });
    expect(await db.events({})).toEqual([]);
  });

  it("is refused once the server is closed", async () => {
    const rl = openRollease();
    await rl.close();
    await expect(rl.flags.track("paid")).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("whether what is served is current", () => {
  it("is told when the database goes away, and when it is back, to each who listens", async () => {
    const db = createMemoryAdapter();
    const log = vi.fn();
    const { flags } = openRollease({ db, l1TtlMs: 20, logging: { level: "error", sink: log } });
    await flags.create({ key: "f", type: "boolean", defaultValue: true });
    const [told, stopped] = [vi.fn(), vi.fn()];
    flags.onFreshness(() => expect.fail("a listener that fails"));
    flags.onFreshness(told);
    flags.onFreshness(stopped)();
    const away = vi.spyOn(db, "clock").mockRejectedValue(new Error("away"));
    await vi.waitFor(() => expect(told.mock.calls).toEqual([[false]]));
    away.mockRestore();
    await vi.waitFor(() => expect(told.mock.calls).toEqual([[false], [true]]), { timeout: 20_000 });
    expect(stopped).not.toHaveBeenCalled();
    expect(log).toHaveBeenCalledWith("error", expect.stringContaining("freshness"), expect.anything());
  });
});
