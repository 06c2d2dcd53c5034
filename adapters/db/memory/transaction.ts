import { FlagConflictError } from "../../../src/errors";
import type { AssignmentRow, DatabaseReads, DatabaseTransaction, PutOptions } from "../../../src/ports/database-adapter";
import { eraseFromTables } from "./erase-user";
import { own } from "./own";
import { flagsOf } from "./reads";
import type { StagedMap } from "./staged-map";
import type { StagedTables } from "./tables";
import { addCalls } from "./webhook-queue";

/** The writes of one transaction. Transactions run one after the other, so that locking is reading. */
export function createMemoryWrites(tables: StagedTables, epoch: string): Omit<DatabaseTransaction, keyof DatabaseReads> {
  return {
    definitions: async () => ({
      flags: [...tables.flags.values()],
      segments: [...tables.segments.values()],
      layers: [...tables.layers.values()],
    }),
    lockFlag: async (key) => tables.flags.get(key),
    lockFlags: async (which) =>
      which instanceof Array ? [...new Set(which)].sort().flatMap((key) => tables.flags.get(key) ?? []) : flagsOf(tables, which),
    lockSegment: async (key) => tables.segments.get(key),
    lockSegments: async (keys) => [...new Set(keys)].sort().flatMap((key) => tables.segments.get(key) ?? []),
    lockLayer: async (key) => tables.layers.get(key),
    putFlag: async (flag, options) => put(tables.flags, flag, options),
    async putFlags(flags, options) {
      for (const flag of flags) put(tables.flags, flag, options);
    },
    async deleteFlag(key) {
      tables.flags.delete(key);
      for (const row of tables.assignments.values()) if (row.flagKey === key) tables.assignments.delete(idOf(row));
    },
    putSegment: async (segment, options) => put(tables.segments, segment, options),
    deleteSegment: async (key) => tables.segments.delete(key),
    putLayer: async (layer, options) => put(tables.layers, layer, options),
    deleteLayer: async (key) => tables.layers.delete(key),
    async addHistory(entries) {
      tables.history.append(entries.map((entry) => own({ ...entry, id: crypto.randomUUID() })));
    },
    lockRelease: async (id) => tables.releases.get(id),
    putRelease: async (release) => tables.releases.set(release.id, own(release)),
    putSdkKey: async (row) => tables.keys.set(row.id, own(row)),
    addWebhookCalls: async (calls) => addCalls(tables, calls),
    async advance(changed) {
      const seq = ++tables.seq;
      for (const { kind, key, deleted } of changed) tables.feed.set(`${kind}:${key}`, { kind, key, seq, deleted });
      return { epoch, seq };
    },
    async assign(rows, isGone = () => false) {
      return rows.flatMap((row) => {
        if (!tables.flags.get(row.flagKey)) return [];
        const kept = tables.assignments.get(idOf(row));
        if (kept && !isGone(kept)) return [kept];
        tables.assignments.set(idOf(row), own(row));
        return [row];
      });
    },
    async receive(ids) {
      const fresh = new Set(ids.filter((id) => tables.receipts.get(id) === undefined));
      const createdAt = new Date().toISOString();
      for (const id of fresh) tables.receipts.set(id, { id, createdAt });
      return fresh;
    },
    async addImpressions(rows) {
      tables.impressions.append(rows.map(own));
    },
    async addEvents(rows) {
      tables.events.append(rows.map(own));
    },
    eraseUser: async (userId, scope) => eraseFromTables(tables, userId, scope),
  };
}

const idOf = (row: Pick<AssignmentRow, "flagKey" | "userId">): string => JSON.stringify([row.flagKey, row.userId]);

function put<T extends { readonly key: string }>(table: StagedMap<T>, value: T, options?: PutOptions): void {
  if (options?.isNew && table.get(value.key)) throw new FlagConflictError(value.key, `"${value.key}" exists already.`);
  table.set(value.key, own(value));
}
