import { SegmentNotFoundError } from "../errors";
import { parseSegment } from "../model/parse-segment";
import type { Segment } from "../model/segment";
import type { DatabaseTransaction } from "../ports/database-adapter";
import type { CheckEvaluable } from "./check-evaluable";
import { assertUnused, checkReferences } from "./check-references";
import type { Settings } from "./config";
import { keyOf, type Mutate, type Written } from "./mutate";
import { applyPatch, assertUnchanged } from "./patch";
import type { FlagManager } from "./types";

type SegmentOperations = Pick<FlagManager, "createSegment" | "getSegment" | "updateSegment" | "deleteSegment" | "listSegments">;

export function createSegmentOperations({ db }: Settings, mutate: Mutate, check: CheckEvaluable): SegmentOperations {
  async function put(tx: DatabaseTransaction, before: Segment | null, after: Segment): Promise<Written<Segment>> {
    await check({ segment: after });
    await checkReferences(tx, { kind: "segment", key: after.key, doc: after }, before ?? undefined);
    await tx.putSegment(after, { isNew: before === null });
    return {
      result: after,
      changed: [{ kind: "segment", key: after.key, deleted: false }],
      records: [{ flagKey: null, before, after }],
    };
  }

  async function lock(tx: DatabaseTransaction, key: string): Promise<Segment> {
    const segment = await tx.lockSegment(key);
    if (!segment) throw new SegmentNotFoundError(key);
    return segment;
  }

  return {
    createSegment: async (input, options) =>
      mutate({
        action: "create_segment",
        key: keyOf(input),
        options,
        prepare() {
          const definition = parseSegment(input, { isNew: true });
          return (tx, at) => put(tx, null, { ...definition, version: 1, createdAt: at, updatedAt: at });
        },
      }),
    async getSegment(key) {
      const segment = await db.segment(key);
      if (!segment) throw new SegmentNotFoundError(key);
      return segment;
    },
    updateSegment: (key, patch, options) =>
      mutate({
        action: "update_segment",
        key,
        options,
        prepare: () => async (tx, at) => {
          const before = await lock(tx, key);
          assertUnchanged(patch, ["key"]);
          const { version, createdAt, updatedAt: _, ...definition } = before;
          const next = parseSegment(applyPatch(definition, patch, ["rules"]), { isNew: false });
          return put(tx, before, { ...next, version: version + 1, createdAt, updatedAt: at });
        },
      }),
    deleteSegment: (key, options) =>
      mutate({
        action: "delete_segment",
        key,
        options,
        prepare: () => async (tx) => {
          const before = await lock(tx, key);
          await assertUnused(tx, "segment", key);
          await tx.deleteSegment(key);
          return {
            result: undefined,
            changed: [{ kind: "segment", key, deleted: true }],
            records: [{ flagKey: null, before, after: null }],
          };
        },
      }),
    listSegments: () => db.segments(),
  };
}
