import "fake-indexeddb/auto";
import { describe, expect, it, vi } from "vitest";
import { createIdbStore } from "../../adapters/idb";
import { LEADER_SILENCE_MS, TABS_VERSION } from "../../src/client/tabs";
import { BASE_URL } from "../support/fake-sync-server";
import { pass, useTabs } from "./tabs-world";
import { stubPage } from "./world";

const browser = useTabs();

describe("a tab that is seen", () => {
  /** A leader that says nothing from now on, as when its process stands still: nothing that it is told gets through to it. */
  function hang(): () => void {
    const post = vi.spyOn(BroadcastChannel.prototype, "postMessage").mockImplementation(() => undefined);
    return () => post.mockRestore();
  }

  /** A tab of some version that leads and answers as it is told to. */
  async function puppet(version: number, answer: object) {
    const room = `rollease:idb:${browser.name}|${BASE_URL}|:${version}`;
    const channel = new BroadcastChannel(room);
    let isRobbed = false;
    const facts = { offset: 0, environment: "", digests: "", lastSyncAt: 0 };
    const say = () =>
      channel.postMessage({ leads: true, phase: "polling", checkpoint: null, facts, retryAt: 0, assignments: [], ...answer });
    channel.onmessage = say;
    await new Promise<void>((resolve) => {
      const hold = () => new Promise<void>((release) => (resolve(), browser.ends.push(() => (release(), channel.close()))));
      browser.locks.request(room, {}, hold).catch(() => (isRobbed = true));
    });
    return { say, isRobbed: () => isRobbed };
  }

  it("takes over at once when the leader is frozen, and shares with it again when it is thawed", async () => {
    const page = stubPage({ locks: browser.locks });
    const one = await browser.tab();
    const other = stubPage({ locks: browser.locks });
    const two = await browser.tab();
    page.dispatchLifecycle("freeze");
    await pass();
    expect([one, two].map((rl) => rl.status().leader)).toEqual([false, true]);
    expect(browser.world.server.streams).toBe(1);
    browser.world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    page.dispatchLifecycle("resume");
    await pass();
    expect([one, two].map((rl) => rl.status().leader)).toEqual([false, true]);
    expect(one.flag("a", false)).toBe(true);
    expect(other.listeners()).toBeGreaterThan(0);
  });

  it("takes over from a leader that does not answer, which follows when it comes to itself", async () => {
    const [one, two] = [await browser.tab(), await browser.tab()];
    const recover = hang();
    await browser.world.clock.advance(LEADER_SILENCE_MS);
    await pass();
    expect(two.status().leader).toBe(false);
    await browser.world.clock.advance(LEADER_SILENCE_MS - 1);
    await pass();
    recover();
    await browser.world.clock.advance(1);
    await pass();
    expect(two.status()).toMatchObject({ leader: true, phase: "live" });
    expect(one.status()).toMatchObject({ leader: false, phase: "live" });
    expect(browser.world.server.streams).toBe(1);
    expect(browser.world.errors).toEqual([]);
    two.destroy();
    await pass();
    expect(one.status().leader).toBe(true);
  });

  it("leaves a leader alone that answers", async () => {
    const [one, two] = [await browser.tab(), await browser.tab()];
    for (let i = 0; i < 6; i++) {
      browser.world.server.heartbeat();
      await browser.world.clock.advance(LEADER_SILENCE_MS);
      await pass();
    }
    expect([one, two].map((rl) => rl.status().leader)).toEqual([true, false]);
    expect(browser.world.server.requests.filter((request) => request.includes("stream"))).toHaveLength(1);
  });

  it("takes over from one that is hidden, but not while it is hidden itself", async () => {
    const page = stubPage({ locks: browser.locks });
    const leader = await puppet(TABS_VERSION, { isHidden: true });
    page.setVisible(false);
    const rl = browser.world.client({ store: createIdbStore({ name: browser.name }), streaming: true });
    await pass();
    await browser.world.clock.advance(3 * LEADER_SILENCE_MS);
    await pass();
    expect(rl.status()).toMatchObject({ leader: false, phase: "polling" });
    expect(leader.isRobbed()).toBe(false);
    page.setVisible(true);
    await browser.world.clock.advance(LEADER_SILENCE_MS);
    await pass();
    expect(rl.status()).toMatchObject({ leader: true, phase: "live" });
    expect(leader.isRobbed()).toBe(true);
  });

  it("neither waits for a leader of another version nor hears it, and goes on beside it", async () => {
    const other = await puppet(TABS_VERSION + 1, { checkpoint: { an: "object" }, phase: 7 });
    const rl = await browser.tab();
    expect(rl.status()).toMatchObject({ leader: true, phase: "live" });
    const heard = vi.fn();
    rl.onStatusChange(heard);
    other.say();
    await pass();
    await browser.world.clock.advance(3 * LEADER_SILENCE_MS);
    await pass();
    expect(other.isRobbed()).toBe(false);
    expect(rl.status()).toMatchObject({ leader: true, phase: "live", checkpoint: "e1.1" });
    browser.world.server.commit([{ key: "a", defaultValue: true }]);
    await pass();
    expect(rl.flag("a", false)).toBe(true);
    rl.track("seen");
    await rl.flush();
    expect(browser.world.server.pushed.map(({ type }) => type)).toContain("event");
  });
});
