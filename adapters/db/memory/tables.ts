import type { DefinitionKind } from "../../../src/model/definition";
import type { Flag } from "../../../src/model/flag";
import type { Layer, Segment } from "../../../src/model/segment";
import type { AssignmentRow, EventRow, HistoryEntry, ImpressionRow } from "../../../src/ports/database-adapter";
import { stageMap, type StagedMap } from "./staged-map";

export interface FeedEntry {
  readonly kind: DefinitionKind;
  readonly key: string;
  readonly seq: number;
  readonly deleted: boolean;
}

interface MapTables {
  flags: Flag;
  segments: Segment;
  layers: Layer;
  feed: FeedEntry;
  assignments: AssignmentRow;
  receipts: string;
}

interface ListTables {
  history: HistoryEntry;
  impressions: ImpressionRow;
  events: EventRow;
}

/** What is committed. */
export interface Tables {
  readonly maps: { readonly [K in keyof MapTables]: Map<string, MapTables[K]> };
  readonly lists: { readonly [K in keyof ListTables]: ListTables[K][] };
  seq: number;
}

/** What one transaction sees: what is committed, and its own changes. */
export type StagedTables = { readonly [K in keyof MapTables]: StagedMap<MapTables[K]> } & {
  /** Rows to be appended. */
  readonly added: { readonly [K in keyof ListTables]: ListTables[K][] };
  /** Committed rows and the added ones, the newest first. */
  newestFirst<K extends keyof ListTables>(table: K): ListTables[K][];
  seq: number;
  commit(): void;
};

export function createTables(): Tables {
  return {
    maps: {
      flags: new Map(),
      segments: new Map(),
      layers: new Map(),
      feed: new Map(),
      assignments: new Map(),
      receipts: new Map(),
    },
    lists: { history: [], impressions: [], events: [] },
    seq: 0,
  };
}

export function stageTables(tables: Tables): StagedTables {
  const { maps, lists } = tables;
  const staged = {
    flags: stageMap(maps.flags),
    segments: stageMap(maps.segments),
    layers: stageMap(maps.layers),
    feed: stageMap(maps.feed),
    assignments: stageMap(maps.assignments),
    receipts: stageMap(maps.receipts),
  };
  const added: StagedTables["added"] = { history: [], impressions: [], events: [] };
  return {
    ...staged,
    added,
    newestFirst<K extends keyof ListTables>(table: K) {
      const rows: readonly ListTables[K][] = lists[table];
      return rows.concat(added[table]).reverse();
    },
    seq: tables.seq,
    commit() {
      for (const map of Object.values(staged)) map.commit();
      lists.history.push(...added.history);
      lists.impressions.push(...added.impressions);
      lists.events.push(...added.events);
      tables.seq = this.seq;
    },
  };
}
