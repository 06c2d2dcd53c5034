import { describe, expect, it } from "vitest";
import { openRollease as open } from "./open-rollease";

describe("scheduled releases", () => {
  it("are created, deployed when they are due, and rolled back", async () => {
    let now = Date.parse("2026-05-01T00:00:00Z");
    const rl = open({ clock: { now: () => now, setTimer: () => () => undefined } });
    await rl.flags.create({ key: "spring-promo", type: "boolean", defaultValue: true, status: "archived" });
    await rl.flags.create({ key: "legacy-banner", type: "boolean", defaultValue: true });
    const release = await rl.flags.createRelease({
      name: "Spring launch",
      scheduledAt: new Date("2026-06-01T09:00:00Z"),
      changes: [
        { flagKey: "spring-promo", action: "set_status", value: "active" },
        { flagKey: "legacy-banner", action: "set_status", value: "archived" },
      ],
    });
    expect((await rl.flags.runScheduledReleases()).deployed).toEqual([]);
    now = Date.parse("2026-06-01T09:00:00Z");
    const { deployed, failed } = await rl.flags.runScheduledReleases();
    expect(`Deployed: ${deployed.length}, Failed: ${failed.length}`).toBe("Deployed: 1, Failed: 0");
    expect((await rl.flags.get("spring-promo")).status).toBe("active");
    await rl.flags.rollbackRelease(release.id);
    expect((await rl.flags.get("spring-promo")).status).toBe("archived");
    expect((await rl.flags.get("legacy-banner")).status).toBe("active");
  });
});

describe("erasure", () => {
  it("is of everything, or of what the scope says", async () => {
    const rl = open();
    await rl.flags.forgetUser("user-123");
    await rl.flags.forgetUser("user-123", { impressions: true, assignments: true, history: false });
    expect((await rl.flags.getHistory()).items.map(({ action }) => action)).toEqual(["forget_user", "forget_user"]);
  });
});
