import type { Dexie, Table } from "dexie";
import type { Change } from "../../src/model/definition";
import type { StoredAssignment, StoreMeta } from "../../src/ports/local-store";
import type { PushEntry } from "../../src/protocol/wire";

/** What a replica keeps, table by table. */
export interface Tables {
  readonly definitions: Table<Change, [kind: string, key: string]>;
  /** `position` is checkpoint and hash of the definitions; `facts` is the store's meta. */
  readonly meta: Table<StoreMeta, string>;
  readonly assignments: Table<StoredAssignment, [unit: string, flagKey: string]>;
  /** The id sorts by age. */
  readonly outbox: Table<PushEntry, string>;
}
export type TableName = keyof Tables;

/** One version of the schema: its tables by name, with keys and indexes as Dexie writes them, and how data comes to it. */
export interface SchemaVersion {
  readonly tables: Readonly<Record<string, string | null>>;
  readonly upgrade?: Parameters<ReturnType<Dexie["version"]>["upgrade"]>[0];
}

/** Each version, the first one first. What has shipped is not edited: a change is a further version. */
export const VERSIONS: readonly SchemaVersion[] = [
  { tables: { definitions: "[kind+key]", meta: "", assignments: "[unit+flagKey], unit", outbox: "id, type" } },
];
