import { describe, expect, it, vi } from "vitest";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import { commit } from "./commit";
import { fullFlag, plainFlag, plainLayer, plainSegment } from "./definitions";

export function databaseFeedContract(use: () => DatabaseAdapter, oneAtATime: boolean): void {
  describe("the change feed", () => {
    it("gives each commit the next position", async () => {
      const before = await use().clock();
      const one = await commit(use(), [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(plainFlag("f")));
      const two = await commit(use(), [{ kind: "flag", key: "f" }], (tx) => tx.putFlag(plainFlag("f", { version: 2 })));
      expect([one.seq, two.seq]).toEqual([before.seq + 1, before.seq + 2]);
      expect(one.epoch).toBe(before.epoch);
      expect(await use().clock()).toEqual(two);
    });

    it("carries whole documents, the latest of each, at the seq of their commit", async () => {
      const { seq: start } = await use().clock();
      await commit(use(), [{ kind: "flag", key: "whole" }], (tx) => tx.putFlag(plainFlag("whole")));
      const changed = [
        { kind: "flag", key: "whole" },
        { kind: "segment", key: "s" },
        { kind: "layer", key: "l" },
      ] as const;
      const { seq } = await commit(use(), changed, async (tx) => {
        await tx.putFlag(fullFlag("whole"));
        await tx.putSegment(plainSegment("s"));
        await tx.putLayer(plainLayer("l"));
      });
      const page = await use().feed(start);
      expect(page.position.seq).toBe(seq);
      expect(page.changes).toEqual([
        { kind: "flag", key: "whole", seq, doc: fullFlag("whole") },
        { kind: "layer", key: "l", seq, doc: plainLayer("l") },
        { kind: "segment", key: "s", seq, doc: plainSegment("s") },
      ]);
    });

    it("keeps a tombstone of what was deleted, until it is there again", async () => {
      const flag = plainFlag("phoenix");
      await commit(use(), [{ kind: "flag", key: "phoenix" }], (tx) => tx.putFlag(flag));
      const deleted = await commit(use(), [{ kind: "flag", key: "phoenix", deleted: true }], (tx) => tx.deleteFlag("phoenix"));
      expect((await use().feed(deleted.seq - 1)).changes).toEqual([
        { kind: "flag", key: "phoenix", seq: deleted.seq, deleted: true },
      ]);
      const { seq } = await commit(use(), [{ kind: "flag", key: "phoenix" }], (tx) => tx.putFlag(flag));
      expect((await use().feed(deleted.seq)).changes).toEqual([{ kind: "flag", key: "phoenix", seq, doc: flag }]);
    });

    it("answers everything, in order, where nothing is known yet, and nothing where all is", async () => {
      const { position, changes } = await use().feed();
      expect(changes.length).toBeGreaterThan(3);
      expect(changes.map(({ seq }) => seq)).toEqual(changes.map(({ seq }) => seq).sort((a, b) => a - b));
      expect(new Set(changes.map(({ kind, key }) => `${kind}:${key}`)).size).toBe(changes.length);
      expect((await use().feed(position.seq)).changes).toEqual([]);
    });

    it("leaves rows, history and feed untouched by a transaction that fails", async () => {
      await commit(use(), [{ kind: "flag", key: "kept" }], (tx) => tx.putFlag(plainFlag("kept")));
      const before = { feed: await use().feed(), history: await use().history({}), flag: await use().flag("kept") };
      const failing = use().transaction(async (tx) => {
        await tx.putFlag(plainFlag("kept", { version: 2 }));
        await tx.putFlag(plainFlag("never"));
        await tx.addHistory([
          {
            flagKey: "kept",
            action: "update",
            by: null,
            reason: null,
            diff: { before: null, after: null },
            createdAt: "2026-01-01T00:00:00.000Z",
          },
        ]);
        await tx.advance([{ kind: "flag", key: "kept", deleted: false }]);
        throw new RangeError("no");
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect({ feed: await use().feed(), history: await use().history({}), flag: await use().flag("kept") }).toEqual(before);
      expect(await use().flag("never")).toBeUndefined();
    });

    it("lets nobody see a transaction before its commit", async () => {
      const before = await use().feed();
      const look = () => Promise.all([use().feed(), use().clock(), use().flag("unseen")]);
      let meanwhile: ReturnType<typeof look> | undefined;
      const position = await use().transaction(async (tx) => {
        await tx.putFlag(plainFlag("unseen"));
        const next = await tx.advance([{ kind: "flag", key: "unseen", deleted: false }]);
        expect(await tx.flag("unseen")).toBeDefined();
        meanwhile = look();
        // These return at once although the transaction holds the clock's lock, or, of one connection, once it is free.
        if (!oneAtATime) expect(await meanwhile).toEqual([before, before.position, undefined]);
        return next;
      });
      if (oneAtATime) expect(await meanwhile).toMatchObject([{ position }, position, { key: "unseen" }]);
      expect(await use().flag("unseen")).toBeDefined();
    });

    it("hands a locked flag to one transaction at a time", async () => {
      await use().transaction((tx) => tx.putFlag(plainFlag("counter", { version: 0 })));
      await Promise.all(
        Array.from({ length: 20 }, () =>
          use().transaction(async (tx) => {
            const flag = await tx.lockFlag("counter");
            if (!flag) throw new Error("The flag is gone.");
            await tx.putFlag({ ...flag, version: flag.version + 1 });
          }),
        ),
      );
      expect((await use().flag("counter"))?.version).toBe(20);
    });

    it("wakes who listens after each commit, and no longer once told to stop; who cannot listen sees the clock move", async () => {
      const { listen } = use();
      const before = await use().clock();
      const onNotice = vi.fn();
      const stop = await listen?.(onNotice);
      await commit(use(), [{ kind: "flag", key: "noticed" }], (tx) => tx.putFlag(plainFlag("noticed")));
      if (stop) await vi.waitFor(() => expect(onNotice).toHaveBeenCalled(), { timeout: 5_000 });
      expect(await use().clock()).toEqual({ ...before, seq: before.seq + 1 });
      await stop?.();
      onNotice.mockClear();
      await commit(use(), [{ kind: "flag", key: "noticed" }], (tx) => tx.putFlag(plainFlag("noticed", { version: 2 })));
      await use().ping();
      expect(onNotice).not.toHaveBeenCalled();
      expect(await use().clock()).toEqual({ ...before, seq: before.seq + 2 });
    });
  });
}
