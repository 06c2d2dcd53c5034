import { describe, expect, it } from "vitest";
import type { DatabaseAdapter } from "../../src/ports/database-adapter";
import { commit } from "./commit";
import { fullFlag, plainFlag, plainLayer, plainSegment } from "./definitions";

export function databaseDefinitionsContract(use: () => DatabaseAdapter): void {
  describe("definitions", () => {
    it("gives back every field of a flag as it was put", async () => {
      const flag = fullFlag("full");
      await use().transaction((tx) => tx.putFlag(flag, { isNew: true }));
      expect(await use().flag("full")).toEqual(flag);
    });

    it.each([
      ["a null default value", plainFlag("null-default", { type: "json", defaultValue: null })],
      ["a default value that looks like JSON", plainFlag("text-default", { type: "string", defaultValue: '{"a":1}' })],
      ["empty lists", plainFlag("empty-lists", { tags: [], variants: [], environments: [] })],
    ])("keeps %s", async (_, flag) => {
      await use().transaction((tx) => tx.putFlag(flag));
      expect(await use().flag(flag.key)).toEqual(flag);
    });

    it("keeps a missing default value missing", async () => {
      const { defaultValue: _, ...flag } = plainFlag("no-default");
      await use().transaction((tx) => tx.putFlag(flag));
      expect(await use().flag("no-default")).toEqual(flag);
    });

    it("replaces a flag with its rules and overrides", async () => {
      const flag = fullFlag("replaced");
      await use().transaction((tx) => tx.putFlag(flag));
      const [first, second] = flag.rules;
      const next = {
        ...plainFlag("replaced", { version: 42 }),
        rules: [{ ...second, name: "Renamed" }, first, { id: "new", priority: 0, conditions: true, value: 1 }],
      } as typeof flag;
      await use().transaction((tx) => tx.putFlag(next));
      expect(await use().flag("replaced")).toEqual(next);
    });

    it("lets two flags have rules of the same id", async () => {
      const [one, two] = [fullFlag("twin-1"), fullFlag("twin-2")];
      await use().transaction((tx) => tx.putFlag(one));
      await use().transaction((tx) => tx.putFlag(two));
      await use().transaction((tx) => tx.putFlag({ ...two, version: 50 }));
      expect(await use().flag("twin-1")).toEqual(one);
      expect(await use().flag("twin-2")).toEqual({ ...two, version: 50 });
    });

    it("refuses a new definition whose key is taken, and writes nothing", async () => {
      await use().transaction((tx) => tx.putFlag(plainFlag("taken")));
      const again = use().transaction(async (tx) => {
        await tx.putFlag(plainFlag("collateral"));
        await tx.putFlag(plainFlag("taken", { version: 9 }), { isNew: true });
      });
      await expect(again).rejects.toMatchObject({ code: "FLAG_CONFLICT" });
      expect(await use().flag("collateral")).toBeUndefined();
      expect((await use().flag("taken"))?.version).toBe(1);
    });

    it("lets exactly one of many writers create a key", async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, i) =>
          use().transaction((tx) => tx.putFlag(plainFlag("raced", { version: i + 1 }), { isNew: true })),
        ),
      );
      expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    it("does not share what it holds with the caller", async () => {
      const tags = ["a"];
      await use().transaction((tx) => tx.putFlag(plainFlag("own", { tags })));
      tags.push("b");
      expect((await use().flag("own"))?.tags).toEqual(["a"]);
    });

    it("keeps segments and layers", async () => {
      const segment = plainSegment("seg", { name: "Seg", description: "d", rules: { none: [{ segment: "x" }, true] } });
      const layer = plainLayer("layer", { name: "L", hashKey: "tenantId" });
      await use().transaction(async (tx) => {
        await tx.putSegment(segment, { isNew: true });
        await tx.putSegment(plainSegment("bool", { rules: false }));
        await tx.putLayer(layer, { isNew: true });
      });
      expect(await use().segment("seg")).toEqual(segment);
      expect((await use().segments()).map(({ key, rules }) => [key, rules])).toEqual([
        ["bool", false],
        ["seg", segment.rules],
      ]);
      expect(await use().layer("layer")).toEqual(layer);
      expect(await use().layers()).toEqual([layer]);
      await use().transaction(async (tx) => {
        expect(await tx.lockSegment("seg")).toEqual(segment);
        expect((await tx.lockSegments(["seg", "missing", "bool", "seg"])).map(({ key }) => key)).toEqual(["bool", "seg"]);
        expect(await tx.lockLayer("layer")).toEqual(layer);
        await tx.deleteSegment("seg");
        await tx.deleteLayer("layer");
      });
      expect(await use().segment("seg")).toBeUndefined();
      expect(await use().layer("layer")).toBeUndefined();
    });

    it("reads every definition at once", async () => {
      await use().transaction(async (tx) => {
        await tx.putFlag(fullFlag("of-all"));
        await tx.putSegment(plainSegment("of-all"));
        await tx.putLayer(plainLayer("of-all"));
        const { flags, segments, layers } = await tx.definitions();
        expect(flags.find(({ key }) => key === "of-all")).toEqual(fullFlag("of-all"));
        expect(segments).toEqual(await tx.segments());
        expect(layers).toEqual(await tx.layers());
        expect(new Set(flags.map(({ key }) => key))).toEqual(new Set((await tx.flags({})).items.map(({ key }) => key)));
        await tx.deleteLayer("of-all");
        expect((await tx.definitions()).layers).toEqual([]);
        // What is deleted and put again in one transaction is there.
        await tx.lockFlag("of-all");
        await tx.deleteFlag("of-all");
        await tx.putFlag(plainFlag("of-all"));
        await tx.deleteSegment("of-all");
      });
      expect(await use().flag("of-all")).toEqual(plainFlag("of-all"));
      expect(await use().segment("of-all")).toBeUndefined();
    });

    it("finds flags by what they are, a page at a time, in order of key", async () => {
      await use().transaction(async (tx) => {
        await tx.putFlag(plainFlag("q-1", { namespace: "q", tags: ["x", "y"], description: "100%_Sure" }));
        await tx.putFlag(plainFlag("q-2", { namespace: "q", status: "archived", environment: "staging" }));
        await tx.putFlag(plainFlag("q-3", { namespace: "q", tags: ["y"], environments: ["production", "staging"] }));
        await tx.putFlag(plainFlag("q-4", { namespace: "q", name: "Fourth", environment: "production" }));
      });
      const keys = async (query: Parameters<DatabaseAdapter["flags"]>[0]) =>
        (await use().flags({ namespace: "q", ...query })).items.map(({ key }) => key);
      expect(await keys({})).toEqual(["q-1", "q-2", "q-3", "q-4"]);
      expect(await keys({ status: "archived" })).toEqual(["q-2"]);
      expect(await keys({ status: ["active", "killed"], tag: "y" })).toEqual(["q-1", "q-3"]);
      expect(await keys({ environment: "staging" })).toEqual(["q-1", "q-2", "q-3"]);
      expect(await keys({ environment: "production" })).toEqual(["q-1", "q-3", "q-4"]);
      expect(await keys({ search: "%_sURE" })).toEqual(["q-1"]);
      expect(await keys({ search: "FOURTH" })).toEqual(["q-4"]);
      expect(await keys({ search: "' OR 1=1 --" })).toEqual([]);
      const locked = await use().transaction((tx) => tx.lockFlags({ namespace: "q", tag: "y", status: "active" }));
      expect(locked).toEqual((await use().flags({ namespace: "q", tag: "y" })).items);
      expect(await use().flags({ namespace: "q", limit: 2, offset: 1 })).toMatchObject({
        items: [{ key: "q-2" }, { key: "q-3" }],
        total: 4,
      });
    });

    it("deletes a flag with what belongs to it", async () => {
      await commit(use(), [{ kind: "flag", key: "short-lived" }], async (tx) => {
        await tx.putFlag(fullFlag("short-lived"));
        await tx.assign([{ flagKey: "short-lived", userId: "u", variantKey: "control" }]);
      });
      await use().transaction((tx) => tx.deleteFlag("short-lived"));
      expect(await use().flag("short-lived")).toBeUndefined();
      expect(await use().assignments(["u"], ["short-lived"])).toEqual([]);
      await use().transaction((tx) => tx.putFlag(plainFlag("short-lived")));
      expect((await use().flag("short-lived"))?.rules).toEqual([]);
    });
  });
}
