import { ValidationError } from "../errors";
import type { Override } from "../model/flag";
import { boolean, object, optional, readWith } from "../model/schema";
import type { DatabaseAdapter, DatabaseTransaction, ErasureCounts, ErasureScope } from "../ports/database-adapter";
import type { Settings } from "./config";
import type { Mutate } from "./mutate";
import type { PrivacyOperations, RetentionReport } from "./privacy-types";
import type { RecentContexts } from "./releases/recent-contexts";

/** Rows that one statement deletes, so that no table is locked for long. */
const BATCH = 1_000;
const EVERY = Number.MAX_SAFE_INTEGER;
/** How long a push entry that is sent again is known. An outbox gives its entries up before. */
const RECEIPTS_MS = 30 * 86_400_000;

const scopeSchema = object<Partial<ErasureScope>>({
  impressions: optional(boolean),
  assignments: optional(boolean),
  events: optional(boolean),
  history: optional(boolean),
});

export function createPrivacyOperations(
  settings: Settings,
  mutate: Mutate,
  contexts: Pick<RecentContexts, "forget">,
): PrivacyOperations {
  const { db, clock, retention, log } = settings;

  return {
    async forgetUser(userId, scope, options = {}) {
      if (typeof userId !== "string" || userId === "")
        throw new ValidationError([{ path: "userId", message: "must be the id of a user" }]);
      const asked = scope === undefined ? undefined : readWith(scopeSchema, scope);
      const whole = { impressions: true, assignments: true, events: true, history: true };
      const erased = asked ? { ...whole, ...mapValues(whole, (name) => asked[name] === true) } : whole;
      // Whoever asks may well be the user.
      const by = options.actor?.id === userId ? { ...options, actor: { id: "[ERASED]", type: options.actor.type } } : options;
      const quiet = { ...by, ...(by.reason?.includes(userId) === true && { reason: "[ERASED]" }) };
      const found = await mutate<ErasureCounts & { readonly overrides: number }>({
        action: "forget_user",
        key: "",
        options: quiet,
        prepare: () => async (tx, at) => {
          // Told of as one change, by nobody's name: what these flags were is just what is to be forgotten.
          const flags = erased.assignments ? await removeOverrides(tx, userId, at) : [];
          const counts = { ...(await tx.eraseUser(userId, erased)), overrides: flags.length };
          const changed = flags.map((key) => ({ kind: "flag", key, deleted: false }) as const);
          return { result: counts, changed, records: [{ flagKey: null, before: null, after: { erased, counts } }] };
        },
      });
      contexts.forget(userId);
      return { ...found, stillNamedBy: await namedBy(db, userId) };
    },
    async runRetention() {
      const now = clock.now();
      const older = async (table: keyof RetentionReport, keepMs: number | undefined): Promise<number> => {
        if (keepMs === undefined) return 0;
        const at = new Date(now - keepMs).toISOString();
        for (let total = 0; ;) {
          const deleted = await db.deleteBefore(table, at, BATCH);
          total += deleted;
          if (deleted < BATCH) return total;
        }
      };
      const report = {
        impressions: await older("impressions", retention.impressionsMs),
        events: await older("events", retention.impressionsMs),
        history: await older("history", retention.historyMs),
        receipts: await older("receipts", RECEIPTS_MS),
      };
      log("info", "What was kept long enough is deleted.", report);
      return report;
    },
  };
}

/** Takes the user's overrides away; answers the keys of the flags that had one. */
async function removeOverrides(tx: DatabaseTransaction, userId: string, at: string): Promise<readonly string[]> {
  const isTheirs = ({ scope, id }: Override): boolean => scope === "user" && id === userId;
  const { items } = await tx.flags({ limit: EVERY });
  const keys = items.filter(({ overrides = [] }) => overrides.some(isTheirs)).map(({ key }) => key);
  for (const key of keys) {
    const before = await tx.lockFlag(key);
    if (!before) continue;
    const { overrides = [], ...flag } = before;
    const kept = overrides.filter((each) => !isTheirs(each));
    await tx.putFlag({ ...flag, ...(kept.length > 0 && { overrides: kept }), version: flag.version + 1, updatedAt: at });
  }
  return keys;
}

function mapValues<K extends string, T>(record: Readonly<Record<K, unknown>>, make: (name: K) => T): Record<K, T> {
  return Object.fromEntries(Object.keys(record).map((name) => [name, make(name as K)])) as Record<K, T>;
}

/** Definitions that name the user in a condition. */
async function namedBy(db: DatabaseAdapter, userId: string): Promise<readonly string[]> {
  const quoted = JSON.stringify(userId);
  const { items } = await db.flags({ limit: EVERY });
  const names = (definition: object): boolean => JSON.stringify(definition).includes(quoted);
  return [
    ...items.filter(names).map(({ key }) => `flag "${key}"`),
    ...(await db.segments()).filter(names).map(({ key }) => `segment "${key}"`),
  ];
}
