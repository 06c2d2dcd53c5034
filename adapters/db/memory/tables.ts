import type { DefinitionKind } from "../../../src/model/definition";
import type { Flag } from "../../../src/model/flag";
import type { Layer, Segment } from "../../../src/model/segment";
import type {
  AssignmentRow,
  EventRow,
  HistoryEntry,
  ImpressionRow,
  ReleaseRow,
  SdkKeyRow,
  WebhookCall,
} from "../../../src/ports/database-adapter";
import { type List, type StagedList, stageList } from "./staged-list";
import { stageMap, type StagedMap } from "./staged-map";

export interface FeedEntry {
  readonly kind: DefinitionKind | "key";
  readonly key: string;
  readonly seq: number;
  readonly deleted: boolean;
}

export interface QueuedCall extends WebhookCall {
  /** Nobody may claim it before: it is claimed, or waits to be tried again. */
  readonly dueAt?: string;
}

interface MapTables {
  flags: Flag;
  segments: Segment;
  layers: Layer;
  feed: FeedEntry;
  assignments: AssignmentRow;
  receipts: { readonly id: string; readonly createdAt: string };
  releases: ReleaseRow;
  keys: SdkKeyRow;
  /** By their ids as text. */
  webhooks: QueuedCall;
}

interface ListTables {
  history: HistoryEntry;
  impressions: ImpressionRow;
  events: EventRow;
}

interface Counters {
  /** The feed's position. */
  seq: number;
  /** The last id of a webhook call. */
  lastCall: number;
}

type MapTable = keyof MapTables;
type ListTable = keyof ListTables;

/** What is committed. */
export type Tables = { readonly [K in MapTable]: Map<string, MapTables[K]> } & {
  readonly [K in ListTable]: List<ListTables[K]>;
} & Counters;

/** What one transaction sees: what is committed, and its own changes. */
export type StagedTables = { readonly [K in MapTable]: StagedMap<MapTables[K]> } & {
  readonly [K in ListTable]: StagedList<ListTables[K]>;
} & Counters & { commit(): void };

export function createTables(): Tables {
  return {
    flags: new Map(),
    segments: new Map(),
    layers: new Map(),
    feed: new Map(),
    assignments: new Map(),
    receipts: new Map(),
    releases: new Map(),
    keys: new Map(),
    webhooks: new Map(),
    history: { rows: [] },
    impressions: { rows: [] },
    events: { rows: [] },
    seq: 0,
    lastCall: 0,
  };
}

export function stageTables(tables: Tables): StagedTables {
  const staged = {
    flags: stageMap(tables.flags),
    segments: stageMap(tables.segments),
    layers: stageMap(tables.layers),
    feed: stageMap(tables.feed),
    assignments: stageMap(tables.assignments),
    receipts: stageMap(tables.receipts),
    releases: stageMap(tables.releases),
    keys: stageMap(tables.keys),
    webhooks: stageMap(tables.webhooks),
    history: stageList(tables.history),
    impressions: stageList(tables.impressions),
    events: stageList(tables.events),
  };
  return {
    ...staged,
    seq: tables.seq,
    lastCall: tables.lastCall,
    commit() {
      for (const table of Object.values(staged)) table.commit();
      tables.seq = this.seq;
      tables.lastCall = this.lastCall;
    },
  };
}
