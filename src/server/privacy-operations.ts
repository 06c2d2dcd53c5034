import { ValidationError } from "../errors";
import { boolean, object, optional, readWith } from "../model/schema";
import type { DatabaseAdapter, ErasureCounts, ErasureScope } from "../ports/database-adapter";
import type { Settings } from "./config";
import type { FlagWriter } from "./change-flag";
import type { Mutate } from "./mutate";
import type { MutationOptions } from "./mutation-options";
import type { PrivacyOperations, RetentionReport } from "./privacy-types";

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

export function createPrivacyOperations(settings: Settings, mutate: Mutate, writer: FlagWriter): PrivacyOperations {
  const { db, clock, retention, log } = settings;

  /** Overrides are definitions: they go the way of every change, before the rest, so that history is cleaned of that, too. */
  async function removeOverrides(userId: string, options: MutationOptions): Promise<number> {
    const { items } = await db.flags({ limit: EVERY });
    const isTheirs = ({ scope, id }: { readonly scope: string; readonly id: string }): boolean =>
      scope === "user" && id === userId;
    const flags = items.filter(({ overrides = [] }) => overrides.some(isTheirs));
    for (const { key } of flags) {
      await writer.set({ action: "forget_override", key, options, evenLocked: true }, ({ overrides = [], ...flag }) => {
        const kept = overrides.filter((each) => !isTheirs(each));
        return { ...flag, ...(kept.length > 0 && { overrides: kept }) };
      });
    }
    return flags.length;
  }

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
      const overrides = erased.assignments ? await removeOverrides(userId, quiet) : 0;
      const counts = await mutate<ErasureCounts>({
        action: "forget_user",
        key: "",
        options: quiet,
        prepare: () => async (tx) => {
          const result = await tx.eraseUser(userId, erased);
          return { result, changed: [], records: [{ flagKey: null, before: null, after: { erased, counts: result } }] };
        },
      });
      return { ...counts, overrides, stillNamedBy: await namedBy(db, userId) };
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
