import type { Change, DefinitionByKind, DefinitionKind } from "../../src/model/definition";
import type { Override, Rule } from "../../src/model/flag";
import type { Flag } from "../../src/model/flag";
import type { Definitions, FeedPage, SdkKeyChange } from "../../src/ports/database-adapter";
import type { Position } from "../../src/protocol/checkpoint";
import { StorageError } from "../../src/errors";
import type { Find, FindBeside, Row, Statements, Where } from "./gateway";
import { required } from "./rows/column-values";
import { fromFlagRow } from "./rows/flag-row";
import { fromKeyRow } from "./rows/key-row";
import { fromOverrideRow, fromRuleRow } from "./rows/rule-row";
import { fromLayerRow, fromSegmentRow } from "./rows/segment-row";

/** Up to this many definitions are asked for by key; past it, a table is read whole. Either way it is one query a table. */
const BY_KEY = 1_000;

export async function readClock(tx: Statements): Promise<Position> {
  return toClock(await tx.find("clock"));
}

function toClock(rows: readonly Row[] = []): Position {
  const [row] = rows;
  if (!row) throw new StorageError("The change feed has no clock: call migrate(adapter) first.");
  return toPosition(row);
}

export function toPosition(row: Row): Position {
  const seq = required<number>(row, "seq");
  if (!Number.isSafeInteger(seq)) throw new StorageError(`The clock of the change feed is out of range: ${seq}.`);
  return { epoch: required<string>(row, "epoch"), seq };
}

const IN_ORDER = [["position", "asc"]] as const;

/** Flags with their rules and overrides, in at most three queries however many there are. */
export async function readFlags(tx: Statements, rows: readonly Row[]): Promise<Flag[]> {
  if (rows.length === 0) return [];
  const where = byKey(
    "flag_key",
    rows.map((row) => required<string>(row, "key")),
  );
  const [rules = [], overrides = []] = await findAll(tx, [
    { table: "rules", where, orderBy: IN_ORDER },
    { table: "overrides", where, orderBy: IN_ORDER },
  ]);
  return toFlags(rows, rules, overrides);
}

/** Everything that evaluation is of, in one statement where the database can. */
export async function readDefinitions(tx: Statements): Promise<Definitions> {
  const [flags = [], rules = [], overrides = [], segments = [], layers = []] = await findAll(tx, [
    { table: "flags" },
    { table: "rules", orderBy: IN_ORDER },
    { table: "overrides", orderBy: IN_ORDER },
    { table: "segments" },
    { table: "layers" },
  ]);
  return {
    flags: toFlags(flags, rules, overrides),
    segments: segments.map(fromSegmentRow),
    layers: layers.map(fromLayerRow),
  };
}

async function findAll(tx: Statements, finds: readonly FindBeside[]): Promise<readonly (readonly Row[])[]> {
  if (tx.findBeside) return tx.findBeside(finds);
  const found: (readonly Row[])[] = [];
  for (const { table, ...find } of finds) found.push(await tx.find(table, find));
  return found;
}

function toFlags(rows: readonly Row[], ruleRows: readonly Row[], overrideRows: readonly Row[]): Flag[] {
  const rules = groupBy<Rule>(ruleRows, fromRuleRow);
  const overrides = groupBy<Override>(overrideRows, fromOverrideRow);
  return rows.map((row) => {
    const key = required<string>(row, "key");
    return fromFlagRow(row, rules.get(key) ?? [], overrides.get(key) ?? []);
  });
}

/** The feed past a position, in one statement where the database can. Else run in one snapshot, so that all is of one moment. */
export async function readFeed(tx: Statements, since: number): Promise<FeedPage> {
  const found = tx.findBeside ? await tx.findBeside(allPast(since)) : await findPast(tx, since);
  const [clock, entries = [], flags = [], rules = [], overrides = [], segments = [], layers = [], keys = []] = found;
  const isKey = (entry: Row): boolean => entry.kind === "key";
  const documents = {
    flag: byKeyOf(toFlags(flags, rules, overrides)),
    segment: byKeyOf(segments.map(fromSegmentRow)),
    layer: byKeyOf(layers.map(fromLayerRow)),
  };
  return {
    position: toClock(clock),
    changes: entries.filter((entry) => !isKey(entry)).map((entry) => toChange(entry, documents)),
    keys: toKeyChanges(entries.filter(isKey), keys),
  };
}

const TABLES = [
  ["flags", "flag", "key"],
  ["rules", "flag", "flag_key"],
  ["overrides", "flag", "flag_key"],
  ["segments", "segment", "key"],
  ["layers", "layer", "key"],
  ["keys", "key", "id"],
] as const;

function entriesPast(since: number): Find {
  const orderBy = (["seq", "kind", "key"] as const).map((column) => [column, "asc"] as const);
  return { where: [{ column: "seq", above: since }], orderBy };
}

/** The clock, the entries past a position, and the rows that these name. */
function allPast(since: number): FindBeside[] {
  const past = (kind: string): Where => [
    { column: "seq", above: since },
    { column: "kind", is: kind },
    { column: "deleted", is: false },
  ];
  const rows = TABLES.map(([table, kind, column]): FindBeside => {
    const named = { column, by: { table: "feed", column: "key", where: past(kind) } } as const;
    return { table, named, ...(column === "flag_key" && { orderBy: IN_ORDER }) };
  });
  return [{ table: "clock" }, { table: "feed", ...entriesPast(since) }, ...rows];
}

async function findPast(tx: Statements, since: number): Promise<readonly (readonly Row[])[]> {
  const found = [await tx.find("clock"), await tx.find("feed", entriesPast(since))];
  for (const [table, kind, column] of TABLES) {
    const named = (found[1] ?? []).filter((entry) => entry.kind === kind && !entry.deleted);
    const where = byKey(
      column,
      named.map((entry) => required<string>(entry, "key")),
    );
    const orderBy = column === "flag_key" ? IN_ORDER : [];
    found.push(named.length === 0 ? [] : await tx.find(table, { where, orderBy }));
  }
  return found;
}

type Documents = { readonly [K in DefinitionKind]: ReadonlyMap<string, DefinitionByKind[K]> };

function toChange(entry: Row, documents: Documents): Change {
  const kind = required<string>(entry, "kind") as DefinitionKind;
  const key = required<string>(entry, "key");
  const seq = required<number>(entry, "seq");
  const doc = documents[kind].get(key);
  // A definition taken away by hand, past the feed, is gone all the same.
  return (entry.deleted || !doc ? { kind, key, seq, deleted: true } : { kind, key, seq, doc }) as Change;
}

function toKeyChanges(entries: readonly Row[], keys: readonly Row[]): SdkKeyChange[] {
  const rows = new Map(keys.map(fromKeyRow).map((row) => [row.id, row]));
  return entries.map((entry) => {
    const [id, seq] = [required<string>(entry, "key"), required<number>(entry, "seq")];
    const row = entry.deleted ? undefined : rows.get(id);
    return row ? { id, seq, row } : { id, seq };
  });
}

function byKeyOf<T extends { readonly key: string }>(documents: readonly T[]): ReadonlyMap<string, T> {
  return new Map(documents.map((document) => [document.key, document]));
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
