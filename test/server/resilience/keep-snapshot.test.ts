import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FeedPage } from "../../../src/ports/database-adapter";
import { keepSnapshot, type KeptSnapshot } from "../../../src/server/resilience/keep-snapshot";
import { createServerFeed, type HeldFeed } from "../../../src/server/server-feed";
import { flagChange } from "../../contracts/local-store";
import { createManualClock, type ManualClock } from "../../support/manual-clock";

const EPOCH = "11111111-2222-3333-4444-555555555555";
const row = {
  id: "k",
  name: "web",
  kind: "client",
  hash: "ab".repeat(32),
  hint: "rk",
  createdAt: "2026-01-01T00:00:00Z",
} as const;

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rollease-"));
  file = join(directory, "flags.snapshot");
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await rm(directory, { recursive: true, force: true });
});

interface Server {
  readonly feed: HeldFeed;
  readonly clock: ManualClock;
  readonly log: ReturnType<typeof vi.fn>;
  readonly kept: KeptSnapshot;
  messages(level: string): string[];
}

function start(): Server {
  const log = vi.fn();
  const clock = createManualClock();
  const feed = createServerFeed(log);
  const kept = keepSnapshot({ file, feed, clock, log });
  const messages = (level: string): string[] => log.mock.calls.filter(([at]) => at === level).map((call) => String(call[1]));
  return { feed, clock, log, kept, messages };
}

function page(seq: number, value = `v${seq}`): FeedPage {
  return { position: { epoch: EPOCH, seq }, changes: [flagChange("f", seq, value)], keys: [] };
}

const written = async (): Promise<string> => (await readFile(file, "utf8").catch(() => "none")).split("\n")[0] ?? "";

describe("a snapshot file", () => {
  it("gives the next server what this one held: changes, removals, keys and position", async () => {
    const one = start();
    one.feed.take({ ...page(1), keys: [{ id: "k", seq: 1, row }] }, false);
    one.feed.take(
      { position: { epoch: EPOCH, seq: 2 }, changes: [{ kind: "layer", key: "l", seq: 2, deleted: true }], keys: [] },
      false,
    );
    await one.kept.close();
    const two = start();
    expect(await two.kept.restore()).toBe(true);
    expect(two.feed.position()).toEqual({ epoch: EPOCH, seq: 2 });
    expect(two.feed.since(0)).toEqual(one.feed.since(0));
    expect([...two.feed.sdkKeys()]).toEqual([["k", row]]);
    expect(two.messages("warn")).toEqual([expect.stringContaining(file)]);
    await two.kept.close();
  });

  it("is written a while after the first of several changes, and once for all of them", async () => {
    const { feed, clock, kept } = start();
    feed.take(page(1), false);
    await clock.advance(600);
    feed.take(page(2), false);
    await clock.advance(399);
    expect(await written()).toBe("none");
    await clock.advance(1);
    await vi.waitFor(async () => expect(await written()).toContain(`${EPOCH}.2`));
    feed.take(page(3), false);
    await clock.advance(1_000);
    await vi.waitFor(async () => expect(await written()).toContain(`${EPOCH}.3`));
    await kept.close();
  });

  it("does not hold up whoever makes the change, and lets others run between the pieces of a large one", async () => {
    const { feed, clock, kept } = start();
    const changes = Array.from({ length: 4_000 }, (_, i) => flagChange(`f${i}`, 1, "x".repeat(1_000)));
    feed.take({ position: { epoch: EPOCH, seq: 1 }, changes, keys: [] }, false);
    let turns = 0;
    let writing = true;
    const turn = (): void => {
      turns++;
      if (writing) setImmediate(turn);
    };
    setImmediate(turn);
    await clock.advance(1_000);
    await vi.waitFor(async () => expect(await written()).toContain(`${EPOCH}.1`), { timeout: 5_000 });
    writing = false;
    expect(turns).toBeGreaterThan(30);
    await kept.close();
    const next = start();
    expect(await next.kept.restore()).toBe(true);
    expect(next.feed.since(0)).toHaveLength(4_000);
    await next.kept.close();
  });

  it("belongs to its owner alone, and leaves nothing beside it", async () => {
    const { feed, kept } = start();
    feed.take(page(1), false);
    await kept.close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(["flags.snapshot"]);
  });

  it("is whole at every moment while it is written over and over", async () => {
    const { feed, clock, kept } = start();
    feed.take(page(1, "x".repeat(200_000)), false);
    await clock.advance(1_000);
    await vi.waitFor(async () => expect(await written()).not.toBe("none"));
    let seq = 1;
    for (let i = 0; i < 20; i++) {
      feed.take(page(++seq, "x".repeat(200_000)), false);
      await clock.advance(1_000);
      const reader = start();
      expect(await reader.kept.restore()).toBe(true);
      await reader.kept.close();
    }
    await kept.close();
    expect(await written()).toContain(`${EPOCH}.${seq}`);
  });

  it("stays what it was for who has begun to read it", async () => {
    const one = start();
    one.feed.take(page(1), false);
    await one.kept.close();
    const before = await readFile(file, "utf8");
    const reader = await open(file);
    const two = start();
    two.feed.take(page(2), false);
    await two.kept.close();
    expect(await reader.readFile("utf8")).toBe(before);
    await reader.close();
    expect(await written()).toContain(`${EPOCH}.2`);
  });

  it("is left alone when nothing has changed since it was read", async () => {
    const one = start();
    one.feed.take(page(1), false);
    await one.kept.close();
    const { mtimeMs, ino } = await stat(file);
    const two = start();
    await two.kept.restore();
    await two.clock.advance(5_000);
    await two.kept.close();
    expect(await stat(file)).toMatchObject({ mtimeMs, ino });
  });

  it("changes nothing in a feed that the database has filled meanwhile", async () => {
    const one = start();
    one.feed.take(page(1), false);
    await one.kept.close();
    const two = start();
    const restoring = two.kept.restore();
    two.feed.take(page(7), false);
    expect(await restoring).toBe(true);
    expect(two.feed.position()?.seq).toBe(7);
    await two.kept.close();
  });
});

describe("a snapshot file that cannot be used", () => {
  it.each<[string, (text: string) => string]>([
    ["damaged", (text) => text.replace("v1", "v2")],
    ["cut off", (text) => text.slice(0, text.length / 2)],
    ["empty", () => ""],
    ["of a later version", (text) => text.replace('"version":1', '"version":2')],
    ["something else", () => "{}\n"],
  ])("because it is %s is ignored, with a warning that names it", async (_, damage) => {
    const one = start();
    one.feed.take(page(1), false);
    await one.kept.close();
    await writeFile(file, damage(await readFile(file, "utf8")));
    const two = start();
    expect(await two.kept.restore()).toBe(false);
    expect(two.feed.position()).toBeUndefined();
    expect(two.messages("warn")).toEqual([expect.stringContaining(file)]);
    two.feed.take(page(5), false);
    await two.kept.close();
    const three = start();
    expect(await three.kept.restore()).toBe(true);
    await three.kept.close();
  });

  it("because it is a directory is ignored, and reported once however often it cannot be written", async () => {
    await mkdir(file);
    const { feed, clock, kept, messages } = start();
    expect(await kept.restore()).toBe(false);
    for (let seq = 1; seq < 4; seq++) {
      feed.take(page(seq), false);
      await clock.advance(1_000);
      await vi.waitFor(() => expect(messages("warn")).toHaveLength(2));
    }
    expect(messages("warn")).toEqual([expect.stringContaining(file), expect.stringContaining("cannot be written")]);
    await kept.close();
    expect(await readdir(directory)).toEqual(["flags.snapshot"]);
  });

  it("is none, without a warning, where there is no file yet", async () => {
    const { kept, messages } = start();
    expect(await kept.restore()).toBe(false);
    expect(messages("warn")).toEqual([]);
    await kept.close();
  });

  it("is written once it can be, also without another change", async () => {
    const home = join(directory, "not-there-yet");
    file = join(home, "flags.snapshot");
    const { feed, clock, kept, messages } = start();
    feed.take(page(1), false);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(messages("warn")).toHaveLength(1));
    await mkdir(home);
    await chmod(home, 0o700);
    await clock.advance(30_000);
    await vi.waitFor(async () => expect(await written()).toContain(`${EPOCH}.1`));
    await kept.close();
  });

  it("is refused from the start where there are no files", () => {
    vi.stubGlobal("process", { env: {} });
    expect(() => start()).toThrow(
      expect.objectContaining({ code: "CONFIGURATION", message: expect.stringContaining("snapshotFile") as string }),
    );
  });
});
