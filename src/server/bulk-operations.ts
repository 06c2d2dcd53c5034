import type { Flag } from "../model/flag";
import type { DatabaseTransaction } from "../ports/database-adapter";
import type { Settings } from "./config";
import { livesIn } from "./environment";
import type { Mutate, Written } from "./mutate";
import type { BulkResult, FlagManager, KillAllOptions } from "./types";

const EVERY = Number.MAX_SAFE_INTEGER;
const KILL_ALL = "kill_all";
/** What sets a flag's status. The last of these tells who killed it. */
const STATUS_ACTIONS: ReadonlySet<string> = new Set([
  "kill",
  KILL_ALL,
  "restore",
  "restore_all",
  "archive",
  "create",
  "clone",
  "import",
]);
/** How far back the one that did is looked for. */
const HISTORY = 200;

export function createBulkOperations({ environment }: Settings, mutate: Mutate): Pick<FlagManager, "killAll" | "restoreAll"> {
  /** The flags as they are to be, those that are locked aside, all in one commit. */
  async function setAll(
    tx: DatabaseTransaction,
    at: string,
    { namespace, tag, force = false }: KillAllOptions,
    status: { readonly from: Flag["status"]; readonly to: Flag["status"] },
    isMeant: (tx: DatabaseTransaction, flag: Flag) => Promise<boolean>,
  ): Promise<Written<BulkResult>> {
    const found = await tx.flags({
      status: status.from,
      limit: EVERY,
      ...(namespace !== undefined && { namespace }),
      ...(tag !== undefined && { tag }),
    });
    const changed: { readonly before: Flag; readonly after: Flag }[] = [];
    const skipped: string[] = [];
    for (const before of await tx.lockFlags(found.items.map(({ key }) => key))) {
      if (before.status !== status.from || !livesIn(before, environment) || !(await isMeant(tx, before))) continue;
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
        prepare: () => (tx, at) => setAll(tx, at, options, { from: "active", to: "killed" }, () => Promise.resolve(true)),
      }),
    restoreAll: (options = {}) =>
      mutate({
        action: "restore_all",
        key: "*",
        options,
        prepare: () => (tx, at) => setAll(tx, at, options, { from: "killed", to: "active" }, wasKilledWithOthers),
      }),
  };
}

async function wasKilledWithOthers(tx: DatabaseTransaction, { key }: Flag): Promise<boolean> {
  const { items } = await tx.history({ flagKey: key, limit: HISTORY });
  return items.find(({ action }) => STATUS_ACTIONS.has(action))?.action === KILL_ALL;
}
