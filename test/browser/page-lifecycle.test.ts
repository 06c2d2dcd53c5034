import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LEADER_SILENCE_MS } from "../../src/client/tabs";
import { PROVEN_MS } from "../../src/replica/sync-machine";
import { startClientWorld, SYNC, type ClientTab, type ClientWorld } from "./support/client-tabs";

const FIVE_MINUTES_MS = 5 * 60_000;

let world: ClientWorld;
let profile: string;
beforeAll(async () => {
  world = await startClientWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.server.flags.update("a", { defaultValue: false });
  profile = await world.profile();
});
afterEach(() => world.leave(profile));

const streams = (): Promise<number> => Promise.resolve(world.proxy.open(`${SYNC}/stream`));
const untilStreams = (count: number): Promise<void> => expect.poll(streams, { timeout: 10_000 }).toBe(count);
const flip = async (): Promise<void> => void (await world.server.flags.update("a", { defaultValue: true }));

describe("in a real Chromium, a page", () => {
  let tab: ClientTab;
  beforeEach(async () => {
    tab = await world.tab(profile);
    await tab.until({ phase: "live" });
    await untilStreams(1);
  });

  test("that is frozen holds no stream, and is current as soon as it is thawed", async () => {
    await tab.freeze();
    await untilStreams(0);
    await flip();
    await tab.thaw();
    await tab.untilFlag("a", true);
    await tab.until({ phase: "live" });
    expect(await tab.events()).toEqual(expect.arrayContaining(["freeze", "resume"]));
  });

  test("that was left holds no stream, and is current when it comes back from the browser's cache", async () => {
    await tab.go("/elsewhere");
    await untilStreams(0);
    await flip();
    await tab.goBack();
    await tab.untilFlag("a", true);
    await tab.until({ phase: "live" });
    expect(await tab.events()).toContain("pageshow persisted");
  });

  test("that is hidden streams for five minutes, and again as soon as it is seen", async () => {
    const cover = await world.cover(profile);
    await expect.poll(() => tab.evaluate("document.visibilityState")).toBe("hidden");
    await tab.skip(FIVE_MINUTES_MS - 20_000);
    await tab.until({ phase: "live" });
    await tab.skip(20_000);
    await tab.until({ leader: false });
    await untilStreams(0);
    await flip();
    await cover.close();
    await tab.activate();
    await tab.untilFlag("a", true);
    await tab.until({ phase: "live", leader: true });
  });
});

describe("in a real Chromium, of two tabs", () => {
  let first: ClientTab;
  let second: ClientTab;
  /** The first leads and is hidden by the second. */
  beforeEach(async () => {
    first = await world.tab(profile);
    await first.until({ phase: "live", leader: true });
    second = await world.tab(profile);
    await second.until({ phase: "live", leader: false });
    await untilStreams(1);
  });

  const takesOver = async (): Promise<void> => {
    await second.until({ phase: "live", leader: true });
    await untilStreams(1);
    await flip();
    await second.untilFlag("a", true);
  };

  test("the other takes over when the leader is closed", async () => {
    await first.close();
    await takesOver();
  });

  test("the other takes over when the leader crashes", async () => {
    void first.send("Page.crash");
    await takesOver();
  });

  test("the other takes over at once when the leader is frozen, which follows when it is thawed", async () => {
    await first.freeze();
    await takesOver();
    await first.thaw();
    await first.untilFlag("a", true);
    await first.until({ phase: "live", leader: false });
    await untilStreams(1);
  });

  test("the one that is seen takes over from one that is hidden", async () => {
    for (let waited = 0; waited <= 2; waited++) await second.skip(LEADER_SILENCE_MS);
    await takesOver();
    await first.until({ phase: "live", leader: false });
    await first.untilFlag("a", true);
    // And back again, when the other is the one that is seen.
    await first.activate();
    await expect.poll(() => first.evaluate("document.visibilityState")).toBe("visible");
    for (let waited = 0; waited <= 2; waited++) await first.skip(LEADER_SILENCE_MS);
    await first.until({ leader: true });
    await second.until({ leader: false });
  });

  test("the one that is seen takes over from one that hangs, which follows when it goes on", async () => {
    await first.send("Debugger.enable");
    const hanging = first.send("Runtime.evaluate", { expression: "debugger" });
    for (let waited = 0; waited <= 2; waited++) await second.skip(LEADER_SILENCE_MS);
    await second.until({ leader: true });
    await first.send("Debugger.resume");
    await hanging;
    await takesOver();
    await first.until({ phase: "live", leader: false });
    await first.untilFlag("a", true);
  });

  test("one that was left comes back from the browser's cache, although the other has talked meanwhile", async () => {
    await first.go("/elsewhere");
    await second.until({ phase: "live", leader: true });
    await second.skip(PROVEN_MS);
    await first.goBack();
    await expect.poll(() => first.evaluate("typeof clientPage")).toBe("object");
    expect(await first.events()).toContain("pageshow persisted");
    await flip();
    await first.untilFlag("a", true);
    await untilStreams(1);
  });

  test("each evaluates for a user of its own", async () => {
    const who = (tab: ClientTab): Promise<unknown> => tab.evaluate("clientPage.rl.context()");
    await first.evaluate(`clientPage.rl.identify({ userId: "u2" })`);
    expect([await who(first), await who(second)]).toEqual([{ userId: "u2" }, { userId: "u1" }]);
    await second.until({ phase: "live", leader: false });
    expect(world.proxy.open(`${SYNC}/stream`)).toBe(1);
  });

  test("each of another version syncs for itself, and the store that they share serves both", async () => {
    const other = await world.tab(profile, "/other-version");
    await other.until({ phase: "live", leader: true });
    await untilStreams(2);
    await first.until({ phase: "live", leader: true });
    await flip();
    for (const tab of [first, second, other]) await tab.untilFlag("a", true);
    for (let waited = 0; waited <= 2; waited++) await other.skip(LEADER_SILENCE_MS);
    await other.until({ phase: "live", leader: true });
    const checkpoints = await Promise.all([first, other].map(async (tab) => (await tab.status()).checkpoint));
    expect(checkpoints[0]).toBe(checkpoints[1]);
  });
});
