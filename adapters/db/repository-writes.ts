import type { DatabaseReads, DatabaseTransaction } from "../../src/ports/database-adapter";
import { FlagConflictError } from "../../src/errors";
import type { Flag } from "../../src/model/flag";
import type { Segment } from "../../src/model/segment";
import { type Row, runWrite, type Where } from "./gateway";
import { readDefinitions, readFlags } from "./feed-rows";
import { inParts, putFlags } from "./put-flags";
import { flagsWhere } from "./repository-reads";
import { createRecordWrites } from "./record-writes";
import { required } from "./rows/column-values";
import { fromLayerRow, fromSegmentRow, toLayerRow, toSegmentRow } from "./rows/segment-row";
import type { UnitOfWork } from "./unit-of-work";

/** The writes of one transaction. */
export function createWrites(unit: UnitOfWork, channel: string): Omit<DatabaseTransaction, keyof DatabaseReads> {
  const tx = unit.statements;
  // What nobody else changes until the transaction ends.
  const known = new Map<string, Flag>();
  const held = new Set<string>();
  const written = new Set<string>();

  async function locked(table: "segments" | "layers", keys: readonly string[]): Promise<readonly Row[]> {
    const found: Row[] = [];
    for (const where of keysIn(keys)) found.push(...(await tx.find(table, { where, orderBy: [["key", "asc"]], lock: true })));
    for (const row of found) held.add(`${table}:${required<string>(row, "key")}`);
    return found;
  }
  const lockSegments = async (keys: readonly string[]): Promise<readonly Segment[]> =>
    (await locked("segments", keys)).map(fromSegmentRow);

  /** What this transaction holds can wait for the step of the clock. */
  async function remove(table: "flags" | "segments" | "layers", key: string): Promise<void> {
    await once([`${table}:${key}`]);
    const write = { kind: "remove", table, where: [{ column: "key", is: key }] } as const;
    await (held.has(`${table}:${key}`) ? unit.write([write]) : runWrite(tx, write));
  }

  async function lockFlags(which: Parameters<DatabaseTransaction["lockFlags"]>[0]): Promise<readonly Flag[]> {
    const flags: Flag[] = [];
    const wheres = which instanceof Array ? keysIn(which) : [flagsWhere(which)];
    for (const where of wheres) {
      const rows = await tx.find("flags", { where, orderBy: [["key", "asc"]], lock: true });
      flags.push(...(await readFlags(tx, rows)));
    }
    for (const flag of flags) {
      known.set(flag.key, flag);
      held.add(`flags:${flag.key}`);
    }
    return flags;
  }

  async function put(table: "segments" | "layers", row: Row, isNew: boolean): Promise<void> {
    const key = required<string>(row, "key");
    if (isNew) {
      const inserted = await tx.insertAbsent(table, [row]);
      if (inserted.length === 0) throw new FlagConflictError(key, `"${key}" exists already.`);
      return;
    }
    await once([`${table}:${key}`]);
    const write = { kind: "upsert", table, rows: [row], key: ["key"], keep: ["created_at"] } as const;
    await (held.has(`${table}:${key}`) ? unit.write([write]) : runWrite(tx, write));
  }

  /** What is written twice is written one after the other. */
  async function once(ids: readonly string[]): Promise<void> {
    if (ids.some((id) => written.has(id))) await unit.flush();
    for (const id of ids) written.add(id);
  }

  const putAll: DatabaseTransaction["putFlags"] = async (flags, options) => {
    await once(flags.map(({ key }) => `flags:${key}`));
    await putFlags(unit, flags, known, options);
    for (const flag of flags) known.set(flag.key, flag);
  };

  return {
    ...createRecordWrites(unit),
    definitions: () => readDefinitions(tx),
    lockFlag: async (key) => (await lockFlags([key]))[0],
    lockFlags,
    lockSegment: async (key) => (await lockSegments([key]))[0],
    lockSegments,
    lockLayer: async (key) => (await locked("layers", [key])).map(fromLayerRow)[0],
    putFlag: (flag, options) => putAll([flag], options),
    putFlags: putAll,
    async deleteFlag(key) {
      known.delete(key);
      await remove("flags", key);
    },
    putSegment: (segment, { isNew = false } = {}) => put("segments", toSegmentRow(segment), isNew),
    deleteSegment: (key) => remove("segments", key),
    putLayer: (layer, { isNew = false } = {}) => put("layers", toLayerRow(layer), isNew),
    deleteLayer: (key) => remove("layers", key),
    advance: (changed) =>
      unit.advance(
        changed.map(({ kind, key, deleted }) => ({ kind, key, deleted })),
        channel,
      ),
  };
}

/** In order, so that two who lock several wait for each other instead of deadlocking. */
function keysIn(keys: readonly string[]): Where[] {
  return [...inParts([...new Set(keys)].sort())].map((part) => [{ column: "key", in: part }]);
}
