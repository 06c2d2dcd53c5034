import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Change } from "../../src/model/definition";
import { createDefinitionSet } from "../../src/protocol/definition-set";
import { flagChange } from "../contracts/local-store";

const layer = (seq: number, flagKeys: readonly string[]): Change => ({
  kind: "layer",
  key: "l",
  seq,
  doc: {
    key: "l",
    allocations: flagKeys.map((flagKey, i) => ({ flagKey, start: i, end: i + 1 })),
    version: 1,
    updatedAt: "2026-01-01T00:00:00.000Z",
  } as never,
});
const removal = (key: string, seq: number): Change => ({ kind: "flag", key, seq, deleted: true });

describe("a definition set", () => {
  it("answers a layer that a reset brings at the same position, cut otherwise", () => {
    const set = createDefinitionSet();
    set.apply([layer(1, ["a"]), flagChange("b", 2)]);
    const other = layer(1, ["a", "b"]);
    expect(set.apply([other, flagChange("b", 2)], true)).toEqual([other]);
    expect([...set.present()]).toContainEqual(other);
  });

  it("tells apart by its hash what differs in number, key, version or time of change, and not by order", () => {
    const hashOf = (...changes: Change[]): string => {
      const set = createDefinitionSet();
      set.apply(changes);
      return set.hash;
    };
    const [a, b] = [flagChange("a", 1), flagChange("b", 2)];
    expect(hashOf(a, b)).toBe(hashOf(b, a));
    expect(hashOf()).toBe("0-00000000");
    expect(hashOf(a)).toMatch(/^1-[0-9a-f]{8}$/);
    const others = [[a], [b], [a, flagChange("c", 2)], [a, flagChange("b", 3)]];
    expect(new Set([hashOf(a, b), ...others.map((changes) => hashOf(...changes))]).size).toBe(5);
  });

  it("holds what a table of the newest holds, and answers exactly what differs from before", () => {
    const change = fc
      .tuple(fc.constantFrom("a", "b", "c"), fc.nat(6), fc.boolean())
      .map(([key, seq, deleted]) => (deleted ? removal(key, seq) : flagChange(key, seq)));
    const batch = fc.record({ reset: fc.boolean(), changes: fc.uniqueArray(change, { selector: ({ key }) => key }) });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const set = createDefinitionSet();
        let table: Record<string, Change> = {};
        for (const { reset, changes } of batches) {
          const before = table;
          table = reset ? {} : { ...table };
          for (const each of changes) if (each.seq > (table[each.key]?.seq ?? -1)) table[each.key] = each;
          table = Object.fromEntries(Object.entries(table).filter(([, each]) => !each.deleted));

          const taken = set.apply(changes, reset);
          const differing = ["a", "b", "c"].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(table[key]));
          expect(taken.map(({ key }) => key).sort()).toEqual(differing);
          for (const each of taken) expect(each.doc).toEqual(table[each.key]?.doc);
          expect(Object.fromEntries([...set.present()].map((each) => [each.key, each]))).toEqual(table);
          const fresh = createDefinitionSet();
          fresh.apply(Object.values(table));
          expect(set.hash).toBe(fresh.hash);
        }
      }),
    );
  });
});
