import type { Change, DefinitionByKind, DefinitionKind } from "../../src/model/definition";
import type { Override, Rule } from "../../src/model/flag";
import type { Flag } from "../../src/model/flag";
import type { FeedPage, SdkKeyChange } from "../../src/ports/database-adapter";
import type { Position } from "../../src/protocol/checkpoint";
import { StorageError } from "../../src/errors";
import type { Row, Statements, Where } from "./gateway";
import type { Table } from "./schema";
import { required } from "./rows/column-values";
import { fromFlagRow } from "./rows/flag-row";
import { fromKeyRow } from "./rows/key-row";
import { fromOverrideRow, fromRuleRow } from "./rows/rule-row";
import { fromLayerRow, fromSegmentRow } from "./rows/segment-row";

/** Up to this many definitions are asked for by key; past it, a table is read whole. Either way it is one query a table. */
const BY_KEY = 1_000;

export async function readClock(tx: Statements): Promise<Position> {
  const [row] = await tx.find("clock");
  if (!row) throw new StorageError("The change feed has no clock: call migrate(adapter) first.");
  return toPosition(row);
}

export function toPosition(row: Row): Position {
  const seq = required<number>(row, "seq");
  if (!Number.isSafeInteger(seq)) throw new StorageError(`The clock of the change feed is out of range: ${seq}.`);
  return { epoch: required<string>(row, "epoch"), seq };
}

/** Flags with their rules and overrides, in three queries however many there are. */
export async function readFlags(tx: Statements, rows: readonly Row[]): Promise<Flag[]> {
  if (rows.length === 0) return [];
  const keys = rows.map((row) => required<string>(row, "key"));
  const where = byKey("flag_key", keys);
  const rules = groupBy<Rule>(await tx.find("rules", { where, orderBy: [["position", "asc"]] }), fromRuleRow);
  const overrides = groupBy<Override>(await tx.find("overrides", { where, orderBy: [["position", "asc"]] }), fromOverrideRow);
  return rows.map((row) => {
    const key = required<string>(row, "key");
    return fromFlagRow(row, rules.get(key) ?? [], overrides.get(key) ?? []);
  });
}

/** The feed past a position. Run in one snapshot, so that it and what it names are of one moment. */
export async function readFeed(tx: Statements, since: number): Promise<FeedPage> {
  const position = await readClock(tx);
  const entries = await tx.find("feed", {
    where: [{ column: "seq", above: since }],
    orderBy: [
      ["seq", "asc"],
      ["kind", "asc"],
      ["key", "asc"],
    ],
  });
  const isKey = (entry: Row): boolean => entry.kind === "key";
  const changes = await readChanges(
    tx,
    entries.filter((entry) => !isKey(entry)),
  );
  return { position, changes, keys: await readKeyChanges(tx, entries.filter(isKey)) };
}

async function readKeyChanges(tx: Statements, entries: readonly Row[]): Promise<SdkKeyChange[]> {
  const present = entries.filter((entry) => !entry.deleted).map((entry) => required<string>(entry, "key"));
  const found = (await findByKey(tx, "keys", present, "id")).map(fromKeyRow);
  const rows = new Map(found.map((row) => [row.id, row]));
  return entries.map((entry) => {
    const [id, seq] = [required<string>(entry, "key"), required<number>(entry, "seq")];
    const row = entry.deleted ? undefined : rows.get(id);
    return row ? { id, seq, row } : { id, seq };
  });
}

/** The documents that entries of the feed name. */
async function readChanges(tx: Statements, entries: readonly Row[]): Promise<Change[]> {
  const wanted = (kind: DefinitionKind): string[] =>
    entries.filter((entry) => entry.kind === kind && !entry.deleted).map((entry) => required<string>(entry, "key"));
  const flags = await readFlags(tx, await findByKey(tx, "flags", wanted("flag")));
  const segments = (await findByKey(tx, "segments", wanted("segment"))).map(fromSegmentRow);
  const layers = (await findByKey(tx, "layers", wanted("layer"))).map(fromLayerRow);
  const documents: { readonly [K in DefinitionKind]: ReadonlyMap<string, DefinitionByKind[K]> } = {
    flag: new Map(flags.map((flag) => [flag.key, flag])),
    segment: new Map(segments.map((segment) => [segment.key, segment])),
    layer: new Map(layers.map((layer) => [layer.key, layer])),
  };
  return entries.map((entry) => {
    const kind = required<string>(entry, "kind") as DefinitionKind;
    const key = required<string>(entry, "key");
    const seq = required<number>(entry, "seq");
    const doc = documents[kind].get(key);
    // A definition taken away by hand, past the feed, is gone all the same.
    return (entry.deleted || !doc ? { kind, key, seq, deleted: true } : { kind, key, seq, doc }) as Change;
  });
}

async function findByKey(tx: Statements, table: Table, keys: readonly string[], column = "key"): Promise<readonly Row[]> {
  return keys.length === 0 ? [] : tx.find(table, { where: byKey(column, keys) });
}

function byKey(column: string, keys: readonly string[]): Where {
  return keys.length > BY_KEY ? [] : [{ column, in: keys }];
}

function groupBy<T>(rows: readonly Row[], read: (row: Row) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = required<string>(row, "flag_key");
    const group = groups.get(key);
    if (group) group.push(read(row));
    else groups.set(key, [read(row)]);
  }
  return groups;
}
