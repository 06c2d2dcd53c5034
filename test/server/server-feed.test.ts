import { createMemoryAdapter } from "rollease/db/memory";
import { describe, expect, it, vi } from "vitest";
import type { FeedPage, SdkKeyChange, SdkKeyRow } from "../../src/ports/database-adapter";
import { createServerFeed } from "../../src/server/server-feed";
import { INTERNAL } from "../../src/server/types";
import { openRollease } from "./open-rollease";

const AT = "2026-01-01T00:00:00.000Z";
const keyRow = (id: string, fields: Partial<SdkKeyRow> = {}): SdkKeyRow => ({
  id,
  name: id,
  kind: "client",
  hash: "0".repeat(64),
  hint: "rl_",
  createdAt: AT,
  ...fields,
});
const change = (id: string, seq: number, fields?: Partial<SdkKeyRow>): SdkKeyChange => ({ id, seq, row: keyRow(id, fields) });
const page = (seq: number, ...keys: SdkKeyChange[]): FeedPage => ({ position: { epoch: "e", seq }, changes: [], keys });

describe("the SDK keys that a server holds", () => {
  it("are those of the last commit, revoked ones among them", () => {
    const feed = createServerFeed(vi.fn());
    expect(feed.sdkKeys().size).toBe(0);
    feed.take(page(1, change("a", 1), change("b", 1)), false);
    feed.take(page(2, change("a", 2, { revokedAt: AT })), false);
    expect([...feed.sdkKeys()]).toEqual([
      ["a", keyRow("a", { revokedAt: AT })],
      ["b", keyRow("b")],
    ]);
    feed.take(page(3, { id: "b", seq: 3 }), false);
    expect([...feed.sdkKeys().keys()]).toEqual(["a"]);
    expect(feed.position()).toEqual({ epoch: "e", seq: 3 });
  });

  it("are other ones after a reset", () => {
    const feed = createServerFeed(vi.fn());
    feed.take(page(5, change("old", 5)), false);
    feed.take(page(1, change("new", 1)), true);
    expect([...feed.sdkKeys().keys()]).toEqual(["new"]);
  });

  it("are there when listeners are told of them, apart from the commit that goes out to replicas", () => {
    const feed = createServerFeed(vi.fn());
    const told: unknown[] = [];
    feed.subscribe((event) => told.push({ ...event, held: [...feed.sdkKeys().keys()] }));
    feed.take(page(1, change("a", 1)), false);
    expect(told).toEqual([
      { reset: false, commit: { position: { epoch: "e", seq: 1 }, changes: [] }, keys: [change("a", 1)], held: ["a"] },
    ]);
  });

  it("come with the feed of the database, and tell nobody who waits for flags", async () => {
    const db = createMemoryAdapter();
    const rl = openRollease({ db });
    await rl.ready();
    const onChange = vi.fn();
    rl.flags.onChange(onChange);
    const { feed } = rl[INTERNAL];
    await db.transaction(async (tx) => {
      await tx.putSdkKey(keyRow("k"));
      await tx.advance([{ kind: "key", key: "k", deleted: false }]);
    });
    await feed.refresh();
    expect(feed.sdkKeys().get("k")).toEqual(keyRow("k"));
    expect(onChange).not.toHaveBeenCalled();
    await rl.close();
  });
});
