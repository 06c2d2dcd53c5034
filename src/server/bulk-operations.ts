import type { Flag } from "../model/flag";
import type { DatabaseTransaction } from "../ports/database-adapter";
import type { Settings } from "./config";
import { livesIn } from "./environment";
import type { Mutate, Written } from "./mutate";
import type { BulkResult, FlagManager, KillAllOptions } from "./types";

const KILL_ALL = "kill_all";
/** What sets a flag's status. The last of these tells who killed it. */
const STATUS_ACTIONS = ["kill", KILL_ALL, "restore", "restore_all", "archive", "create", "clone", "import"];
/** So many flags are asked about at a time, and so many entries read, until each flag's last is among them. */
const PART = 10_000;

export function createBulkOperations({ environment }: Settings, mutate: Mutate): Pick<FlagManager, "killAll" | "restoreAll"> {
  /** The flags as they are to be, those that are locked aside, all in one commit. */
  async function setAll(
    tx: DatabaseTransaction,
    at: string,
    { namespace, tag, force = false }: KillAllOptions,
    status: { readonly from: Flag["status"]; readonly to: Flag["status"] },
    areMeant: (tx: DatabaseTransaction, flags: readonly Flag[]) => Promise<readonly Flag[]>,
  ): Promise<Written<BulkResult>> {
    const found = await tx.lockFlags({
      status: status.from,
      ...(namespace !== undefined && { namespace }),
      ...(tag !== undefined && { tag }),
    });
    const here = found.filter((flag) => livesIn(flag, environment));
    const changed: { readonly before: Flag; readonly after: Flag }[] = [];
    const skipped: string[] = [];
    for (const before of await areMeant(tx, here)) {
      if (before.locked === true && !force) {
        skipped.push(before.key);
        continue;
      }
      changed.push({ before, after: { ...before, status: status.to, version: before.version + 1, updatedAt: at } });
    }
    await tx.putFlags(changed.map(({ after }) => after));
    return {
      result: { changed: changed.map(({ after }) => after), skipped },
      changed: changed.map(({ after }) => ({ kind: "flag", key: after.key, deleted: false })),
      records: changed.map(({ before, after }) => ({ flagKey: after.key, before, after })),
    };
  }

  return {
    killAll: (options = {}) =>
      mutate({
        action: KILL_ALL,
        key: "*",
        options,
        prepare: () => (tx, at) =>
          setAll(tx, at, options, { from: "active", to: "killed" }, (_, flags) => Promise.resolve(flags)),
      }),
    restoreAll: (options = {}) =>
      mutate({
        action: "restore_all",
        key: "*",
        options,
        prepare: () => (tx, at) => setAll(tx, at, options, { from: "killed", to: "active" }, killedWithOthers),
      }),
  };
}

/** Those whose status was last set for all. */
async function killedWithOthers(tx: DatabaseTransaction, flags: readonly Flag[]): Promise<readonly Flag[]> {
  const killed: Flag[] = [];
  for (let start = 0; start < flags.length; start += PART) {
    const part = flags.slice(start, start + PART);
    const last = await lastStatusActions(
      tx,
      part.map(({ key }) => key),
    );
    killed.push(...part.filter(({ key }) => last.get(key) === KILL_ALL));
  }
  return killed;
}

async function lastStatusActions(tx: DatabaseTransaction, flagKeys: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const last = new Map<string, string>();
  for (let offset = 0, isMore = true; isMore && last.size < flagKeys.length; offset += PART) {
    const { items } = await tx.history({ flagKeys, actions: STATUS_ACTIONS, limit: PART, offset });
    for (const { flagKey, action } of items) if (flagKey !== null && !last.has(flagKey)) last.set(flagKey, action);
    isMore = items.length === PART;
  }
  return last;
}
