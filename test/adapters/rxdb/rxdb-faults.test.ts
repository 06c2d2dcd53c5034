import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { createRxDatabase, type RxCollection, type RxDatabase } from "rxdb";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRxdbStore } from "../../../adapters/rxdb";
import type { JournalDocument } from "../../../adapters/rxdb/collection";
import type { LocalStore } from "../../../src/ports/local-store";
import { createMemoryStore } from "../../../src/replica/memory-store";
import { storageError } from "../../contracts/indexed-db-store";
import { flagChange } from "../../contracts/local-store";
import { event } from "../../contracts/outbox-entries";
import { createFaultyStorage, type Fate } from "./faulty-storage";

const faulty = createFaultyStorage();
let database: RxDatabase;
let name: string;
beforeAll(async () => {
  database = await createRxDatabase({ name: randomUUID(), storage: faulty.storage });
});
afterAll(() => database.close());
beforeEach(() => rename());

async function rename(): Promise<void> {
  await Promise.all(Object.values(database.collections).map((old) => old.close()));
  name = `r${randomUUID().replaceAll("-", "")}`;
}

const open = (): LocalStore => createRxdbStore({ database, name });
const collection = (): RxCollection<JournalDocument> => database.collections[name] as RxCollection<JournalDocument>;
const documents = (): Promise<unknown[]> => collection().find().exec();

/** All that a store holds. */
async function contentOf(store: LocalStore): Promise<unknown> {
  const { ruleset, meta } = await store.load();
  const changes = [...(ruleset?.changes ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1));
  return [ruleset && { ...ruleset, changes }, meta, await store.assignments(["u0", "u1", "u2"]), await store.peek(1000)];
}

type Work = (store: LocalStore, round: number) => Promise<unknown>;
const works: Record<string, Work> = {
  apply: (store, round) =>
    store.apply({
      checkpoint: `e.${round}`,
      hash: `h${round}`,
      changes: [flagChange(`f${round % 5}`, round), { kind: "flag", key: `f${(round + 2) % 5}`, seq: round, deleted: true }],
      reset: false,
    }),
  reset: (store, round) =>
    store.apply({
      checkpoint: `e.${round}`,
      hash: `h${round}`,
      changes: [flagChange("a", round), flagChange("b", round)],
      reset: true,
    }),
  meta: (store, round) => store.setMeta({ [`m${round % 3}`]: round }),
  assign: (store, round) =>
    store.putAssignments([0, 1].map((i) => ({ flagKey: `f${(round + i) % 3}`, unit: `u${round % 3}`, variantKey: `v${round}` }))),
  unassign: (store, round) => store.removeAssignments([{ flagKey: `f${round % 3}`, unit: `u${round % 3}` }]),
  enqueue: (store, round) => store.enqueue([event(3 * round), event(3 * round + 1)], 5),
  ack: async (store) => store.ack((await store.peek(1)).map(({ id }) => id)),
  clear: (store) => store.clear(),
};

describe("the RxDB store, whatever fails between two writes,", () => {
  it("shows each change wholly or not at all", async () => {
    const fate = fc.constantFrom<Fate>(undefined, undefined, "lost", "unsure");
    const round = fc.record({ work: fc.constantFrom(...Object.keys(works)), fates: fc.array(fate, { maxLength: 5 }) });
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 30 }), async (rounds) => {
        await rename();
        let store = open();
        let oracle = createMemoryStore();
        const done: [Work, number][] = [];
        for (const [i, { work, fates }] of rounds.entries()) {
          const before = await contentOf(store);
          faulty.fates.splice(0, Infinity, ...fates);
          const outcome = await works[work]!(store, i + 1).then(
            () => "done",
            () => "failed",
          );
          faulty.fates.length = 0;
          await works[work]!(oracle, i + 1);
          if (outcome === "failed") {
            failed++;
            // The process has died and another one opens what it has left.
            store = open();
            const found = await contentOf(store);
            expect([before, await contentOf(oracle)]).toContainEqual(found);
            if (JSON.stringify(found) === JSON.stringify(before)) {
              oracle = createMemoryStore();
              for (const [each, at] of done) await each(oracle, at);
              continue;
            }
          }
          done.push([works[work]!, i + 1]);
          expect(await contentOf(store)).toEqual(await contentOf(oracle));
        }
        expect(await contentOf(open())).toEqual(await contentOf(oracle));
      }),
      { numRuns: 60 },
    );
    expect(failed).toBeGreaterThan(20);
  });

  it.each(["lost", "unsure"] as const)("keeps all that it held when a compaction's write is %s", async (fate) => {
    for (let at = 0; at < 5; at++) {
      await rename();
      const store = open();
      await store.apply({ checkpoint: "e.1", hash: "h", changes: [flagChange("a", 1)], reset: true });
      for (let i = 0; i < 62; i++) await store.enqueue([event(i)], 1000);
      const before = await documents();
      expect(before).toHaveLength(64);
      await store.enqueue([event(62)], 1000);
      // The entry, the head; then the compaction: its entry, the head, what is deleted, what is cleaned up.
      faulty.fates.push(undefined, undefined, ...Array.from({ length: at }, () => undefined), fate);
      await store.enqueue([event(63)], 1000);
      faulty.fates.length = 0;
      const other = open();
      expect(await other.pending()).toBe(64);
      expect((await other.load()).ruleset?.changes).toEqual([flagChange("a", 1)]);
      await other.enqueue([event(64)], 1000);
      expect(await other.pending()).toBe(65);
      expect(await contentOf(open())).toEqual(await contentOf(store));
    }
  });
});

describe("the RxDB store", () => {
  it("is as long as what it holds, not as what it went through", async () => {
    const store = open();
    for (let i = 1; i <= 300; i++) {
      await store.apply({ checkpoint: `e.${i}`, hash: "h", changes: [flagChange("a", i, i)], reset: false });
    }
    expect((await documents()).length).toBeLessThan(70);
    const { documents: kept } = await collection().storageInstance.query(
      collection()
        .find({ selector: { _deleted: { $in: [true, false] } } } as never)
        .getPreparedQuery(),
    );
    expect(kept.length).toBeLessThan(70);
    await store.apply({ checkpoint: "e.301", hash: "h", changes: [flagChange("a", 301, "x".repeat(200_000))], reset: false });
    expect(await documents()).toHaveLength(2);
  });

  it("leaves nothing behind of what was cleared", async () => {
    const store = open();
    await store.putAssignments([{ flagKey: "f", unit: "a-secret-unit", variantKey: "v" }]);
    await store.clear();
    expect(JSON.stringify(await documents())).not.toContain("a-secret-unit");
  });

  it("loses no write of two that write at once, also while one of them compacts", async () => {
    const [first, second] = [open(), open()];
    await Promise.all(Array.from({ length: 200 }, (_, i) => (i % 2 ? first : second).enqueue([event(i)], 1000)));
    expect(await first.pending()).toBe(200);
    expect(await contentOf(second)).toEqual(await contentOf(first));
  });

  it.each([0, 1, 2, 3, 4, 5])(
    "loses nothing of what another one writes, and compacts, before its write number %i",
    async (at) => {
      for (const others of [1, 70]) {
        await rename();
        const [slow, fast] = [open(), open()];
        for (let i = 0; i < 64; i++) await slow.enqueue([event(i)], 1000);
        faulty.fates.push(...Array.from({ length: at }, () => undefined), async () => {
          for (let i = 0; i < others; i++) await fast.enqueue([event(100 + i)], 1000);
        });
        await slow.enqueue([event(999)], 1000);
        expect(faulty.fates).toEqual([]);
        for (const each of [slow, fast, open()]) expect(await each.pending()).toBe(65 + others);
      }
    },
  );

  it("refuses what a newer version has written", async () => {
    const store = open();
    await store.setMeta({ a: 1 });
    const { storageInstance } = collection();
    const [head] = await storageInstance.findDocumentsById(["head"], false);
    await storageInstance.bulkWrite([{ previous: head!, document: { ...head!, version: 2, text: "new" } }], "test");
    for (let i = 0; i < 2; i++) await expect(open().load()).rejects.toEqual(storageError(/newer version/));
  });

  it("does not take an emptied collection for what it held", async () => {
    const store = open();
    await store.apply({ checkpoint: "e.1", hash: "h", changes: [flagChange("a", 1)], reset: true });
    await collection().find().remove();
    await expect(store.peek(1)).rejects.toEqual(storageError(/emptied/));
    const next = { checkpoint: "e.2", hash: "i", changes: [flagChange("b", 2)], reset: false, since: "e.1" };
    await expect(store.apply(next)).rejects.toEqual(storageError(/lost its ruleset/));
    expect(await store.load()).toEqual({ ruleset: undefined, meta: {} });
  });

  it("says that a part is missing, and that the database is closed", async () => {
    const store = open();
    await store.setMeta({ a: 1 });
    const kept = await collection()
      .find({ selector: { id: { $ne: "head" } } })
      .exec();
    await kept[0]!.remove();
    await expect(open().load()).rejects.toEqual(storageError(/missing/));
    // Given up, so that it can be filled anew.
    const rebuilt = open();
    expect(await rebuilt.load()).toEqual({ ruleset: undefined, meta: {} });
    await rebuilt.setMeta({ b: 2 });
    expect((await open().load()).meta).toEqual({ b: 2 });
    const other = await createRxDatabase({ name: randomUUID(), storage: createFaultyStorage().storage });
    const orphan = createRxdbStore({ database: other });
    await orphan.load();
    await other.close();
    await expect(orphan.pending()).rejects.toMatchObject({ code: "STORAGE" });
  });
});
