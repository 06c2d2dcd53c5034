import type { DatabaseReads, DatabaseTransaction } from "../../src/ports/database-adapter";
import { FlagConflictError, StorageError } from "../../src/errors";
import type { Flag } from "../../src/model/flag";
import type { Row, Statements } from "./gateway";
import type { Table } from "./schema";
import { readFlags, toPosition } from "./feed-rows";
import { createRecordWrites, insertAny } from "./record-writes";
import { isUuid, required } from "./rows/column-values";
import { toFlagRow } from "./rows/flag-row";
import { toOverrideRow, toRuleRow } from "./rows/rule-row";
import { fromLayerRow, fromSegmentRow, toLayerRow, toSegmentRow } from "./rows/segment-row";

/** The writes of one transaction. */
export function createWrites(tx: Statements, channel: string): Omit<DatabaseTransaction, keyof DatabaseReads> {
  const locked = (table: Table, key: string): Promise<readonly Row[]> =>
    tx.find(table, { where: [{ column: "key", is: key }], lock: true });

  const remove = async (table: Table, key: string): Promise<void> => void (await tx.remove(table, [{ column: "key", is: key }]));

  async function put(table: Table, row: Row, isNew: boolean): Promise<void> {
    const key = required<string>(row, "key");
    if (!isNew) return tx.upsert(table, [row], { key: ["key"], keep: ["created_at"] });
    const inserted = await tx.insertAbsent(table, [row]);
    if (inserted.length === 0) throw new FlagConflictError(key, `"${key}" exists already.`);
  }

  return {
    ...createRecordWrites(tx),
    lockFlag: async (key) => (await readFlags(tx, await locked("flags", key)))[0],
    lockSegment: async (key) => (await locked("segments", key)).map(fromSegmentRow)[0],
    lockLayer: async (key) => (await locked("layers", key)).map(fromLayerRow)[0],
    async putFlag(flag, { isNew = false } = {}) {
      await put("flags", toFlagRow(flag), isNew);
      await putRules(tx, flag);
      await putOverrides(tx, flag);
    },
    deleteFlag: (key) => remove("flags", key),
    putSegment: (segment, { isNew = false } = {}) => put("segments", toSegmentRow(segment), isNew),
    deleteSegment: (key) => remove("segments", key),
    putLayer: (layer, { isNew = false } = {}) => put("layers", toLayerRow(layer), isNew),
    deleteLayer: (key) => remove("layers", key),
    async advance(changed) {
      // The row stays locked until the commit, so that whoever is next in line commits next in line.
      const [clock] = await tx.update("clock", [{ column: "id", is: 1 }], {}, { seq: 1 });
      if (!clock) throw new StorageError("The change feed has no clock: call migrate(adapter) first.");
      const position = toPosition(clock);
      const rows = changed.map(({ kind, key, deleted }) => ({ kind, key, deleted, seq: position.seq }));
      await tx.upsert("feed", rows, { key: ["kind", "key"] });
      await tx.notify?.(channel);
      return position;
    },
  };
}

async function putRules(tx: Statements, flag: Flag): Promise<void> {
  const ids = flag.rules.map((rule) => rule.id);
  await tx.remove("rules", [
    { column: "flag_key", is: flag.key },
    ...(ids.length > 0 ? [{ column: "rule_id", notIn: ids }] : []),
  ]);
  if (ids.length === 0) return;
  const taken = await idsOfOtherFlags(tx, flag);
  const rows = flag.rules.map((rule, position) => {
    const id = isUuid(rule.id) && !taken.has(rule.id.toLowerCase()) ? rule.id : crypto.randomUUID();
    return toRuleRow(flag.key, rule, position, id, flag.updatedAt);
  });
  await tx.upsert("rules", rows, { key: ["flag_key", "rule_id"], keep: ["id", "created_at"] });
}

/** A rule's id is its row's id where it can be: it is a UUID, and no other flag (a copy, say) has a rule of that id. */
async function idsOfOtherFlags(tx: Statements, flag: Flag): Promise<ReadonlySet<string>> {
  const uuids = flag.rules.map((rule) => rule.id).filter((id) => isUuid(id));
  if (uuids.length === 0) return new Set();
  const rows = await tx.find("rules", { where: [{ column: "id", in: uuids }] });
  return new Set(rows.filter((row) => row.flag_key !== flag.key).map((row) => required<string>(row, "id")));
}

async function putOverrides(tx: Statements, flag: Flag): Promise<void> {
  await tx.remove("overrides", [{ column: "flag_key", is: flag.key }]);
  await insertAny(
    tx,
    "overrides",
    (flag.overrides ?? []).map((override, position) => toOverrideRow(flag.key, override, position)),
  );
}
