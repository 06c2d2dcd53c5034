import { StorageError } from "../errors";
import type { Change } from "../model/definition";
import type { LocalStore, StoredAssignment, StoreMeta } from "../ports/local-store";
import type { PushEntry } from "../protocol/wire";
import { assignmentKey } from "./assignment-key";
import { EXPENDABLE } from "./expendable";
import { leadsOn } from "./leads-on";

/** Keeps everything in this process's memory. `close` keeps what it holds, so that `load` finds it again. */
export function createMemoryStore(): LocalStore {
  const definitions = new Map<string, Change>();
  const assignments = new Map<string, StoredAssignment>();
  const outbox = new Map<string, PushEntry>();
  let position: { readonly checkpoint: string; readonly hash: string } | undefined;
  let meta: StoreMeta = {};
  let closed = false;

  /** Nothing comes between what runs here. */
  async function use<T>(run: () => T): Promise<T> {
    if (closed) throw new StorageError("The store is closed.");
    return run();
  }

  return {
    kind: "memory",
    load() {
      closed = false;
      return use(() => ({ ruleset: position && { ...position, changes: [...definitions.values()] }, meta }));
    },
    apply: (batch) =>
      use(() => {
        const { checkpoint, hash, changes, reset } = batch;
        if (!leadsOn(batch, position?.checkpoint)) return;
        if (reset) definitions.clear();
        for (const change of changes) {
          const id = `${change.kind}:${change.key}`;
          if ((definitions.get(id)?.seq ?? -1) >= change.seq) continue;
          if (change.deleted) definitions.delete(id);
          else definitions.set(id, change);
        }
        position = { checkpoint, hash };
      }),
    setMeta: (added) => use(() => void (meta = { ...meta, ...added })),

    assignments: (units) => use(() => [...assignments.values()].filter(({ unit }) => units.includes(unit))),
    putAssignments: (added) => use(() => added.forEach((each) => assignments.set(assignmentKey(each), each))),
    removeAssignments: (gone) => use(() => gone.forEach((each) => assignments.delete(assignmentKey(each)))),

    enqueue: (entries, limit) =>
      use(() => {
        for (const entry of entries) outbox.set(entry.id, entry);
        const before = outbox.size;
        for (const type of EXPENDABLE) {
          for (const [id, entry] of outbox) if (entry.type === type && outbox.size > limit) outbox.delete(id);
        }
        return before - outbox.size;
      }),
    peek: (count) => use(() => [...outbox.values()].slice(0, count)),
    ack: (ids) => use(() => ids.forEach((id) => outbox.delete(id))),
    pending: () => use(() => outbox.size),

    clear: () =>
      use(() => {
        for (const table of [definitions, assignments, outbox]) table.clear();
        position = undefined;
        meta = {};
      }),
    async close() {
      closed = true;
    },
  };
}
