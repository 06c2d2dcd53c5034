import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { settle } from "../support/manual-clock";
import { createWorld, stubPage } from "./world";

type Page = ReturnType<typeof stubPage>;

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});
afterEach(() => {
  world.destroyAll();
  vi.unstubAllGlobals();
});

describe("a page", () => {
  it("pauses while the browser is offline and resumes at once", async () => {
    const page = stubPage();
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    page.setOnline(false);
    await settle();
    expect(world.server.streams).toBe(0);
    expect(rl.status().phase).toBe("offline");
    world.server.commit([{ key: "a", defaultValue: true }]);
    await world.clock.advance(600_000);
    const { length } = world.server.requests;
    page.setOnline(true);
    await settle();
    expect(world.server.requests.length).toBeGreaterThan(length);
    expect(rl.flag("a", false)).toBe(true);
    expect(rl.status().phase).toBe("live");
  });

  it("is ready at once where the browser is offline, and starts when it is not", async () => {
    const page = stubPage();
    page.setOnline(false);
    world.server.commit([{ key: "a", defaultValue: true }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    expect(world.clock.now()).toBe(Date.parse("2026-01-01T00:00:00Z"));
    expect(rl.status()).toMatchObject({ phase: "offline", leader: false, checkpoint: null });
    page.setVisible(false);
    page.setVisible(true);
    await world.clock.advance(600_000);
    expect(world.server.requests).toEqual([]);
    page.setOnline(true);
    await settle();
    expect(rl.flag("a", false)).toBe(true);
    expect(rl.status()).toMatchObject({ phase: "live", leader: true });
  });

  it("says that it is offline until it has the network back and has heard of the server", async () => {
    const page = stubPage();
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    const phases: string[] = [];
    rl.onStatusChange(({ phase }) => phases.at(-1) !== phase && phases.push(phase));
    page.setOnline(false);
    await world.clock.advance(60_000);
    expect(rl.status().staleForMs).toBe(60_000);
    page.setOnline(true);
    await settle();
    expect(phases).toEqual(["offline", "polling", "live"]);
  });

  it("ends its stream after five minutes out of sight, and is current as soon as it is seen", async () => {
    const page = stubPage();
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    const minutes = async (count: number) => {
      for (let s = 0; s < count * 2; s++) {
        world.server.heartbeat();
        await world.clock.advance(30_000);
      }
    };
    page.setVisible(false);
    await minutes(4);
    page.setVisible(true);
    page.setVisible(false);
    await minutes(4);
    expect(world.server.streams).toBe(1);
    await minutes(2);
    expect(world.server.streams).toBe(0);
    world.server.commit([{ key: "a", defaultValue: true }]);
    page.setVisible(true);
    await settle();
    expect(rl.flag("a", false)).toBe(true);
    expect(world.server.streams).toBe(1);
  });

  it("that was opened out of sight rests after five minutes, too, and a network that comes back does not wake it", async () => {
    const page = stubPage();
    page.setVisible(false);
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    expect(rl.status().phase).toBe("live");
    for (let s = 0; s < 300; s += 30) {
      world.server.heartbeat();
      await world.clock.advance(30_000);
    }
    expect(world.server.streams).toBe(0);
    expect(rl.status()).toMatchObject({ phase: "offline", leader: false });
    const { length } = world.server.requests;
    page.setOnline(false);
    page.setOnline(true);
    page.dispatchLifecycle("resume");
    await world.clock.advance(600_000);
    expect(world.server.requests).toHaveLength(length);
    page.setVisible(true);
    await settle();
    expect(world.server.streams).toBe(1);
  });

  it.each([
    ["frozen", "thawed", (page: Page) => page.dispatchLifecycle("freeze"), (page: Page) => page.dispatchLifecycle("resume")],
    [
      "left",
      "back from the browser's cache",
      (page: Page) => page.dispatch("pagehide"),
      (page: Page) => page.dispatch("pageshow"),
    ],
  ])("has nothing open while it is %s, and is current as soon as it is %s", async (_away, _back, leave, comeBack) => {
    const page = stubPage();
    world.server.commit([{ key: "a" }]);
    const rl = world.client({ streaming: true });
    await rl.ready();
    await settle();
    page.setVisible(false);
    leave(page);
    await settle();
    expect(world.server.streams).toBe(0);
    const { length } = world.server.requests;
    world.server.commit([{ key: "a", defaultValue: true }]);
    await world.clock.advance(60_000);
    expect(world.server.requests).toHaveLength(length);
    comeBack(page);
    await settle();
    expect(rl.status().phase).toBe("live");
    expect(rl.flag("a", false)).toBe(true);
  });

  it("comes back no earlier than the server said, whatever happens to it meanwhile", async () => {
    const page = stubPage();
    world.server.commit([{ key: "a" }]);
    world.server.faults.set("pull", () => new Response("", { status: 503, headers: { "retry-after": "60" } }));
    const rl = world.client();
    await rl.ready();
    world.mend();
    for (const toggle of [page.setOnline, page.setVisible]) {
      toggle(false);
      page.dispatch("pagehide");
      await world.clock.advance(10_000);
      page.dispatch("pageshow");
      toggle(true);
      await settle();
    }
    await world.clock.advance(39_000);
    expect(world.server.requests).toHaveLength(1);
    expect(rl.status().phase).toBe("offline");
    await world.clock.advance(2_000);
    expect(rl.flags()).toEqual({ a: false });
    expect(world.errors).toHaveLength(1);
  });

  it("does not wait out a back-off when it is seen again", async () => {
    const page = stubPage();
    world.server.commit([{ key: "a" }]);
    world.cut();
    const rl = world.client();
    await rl.ready();
    await world.clock.advance(100_000);
    world.mend();
    page.dispatch("pageshow");
    await settle();
    expect(rl.flags()).toEqual({ a: false });
  });
});
