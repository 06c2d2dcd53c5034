import { assignableVariants } from "./assignable-variants";
import type { Flag } from "../model/flag";
import type { JsonValue } from "../model/json";
import { isStorableText } from "../model/schema";
import { isUsableKey } from "../model/limits";
import type { AssignmentRow, DatabaseTransaction } from "../ports/database-adapter";
import type { AssignmentEntry, PushEntry, PushErrorCode, PushResult } from "../protocol/wire";
import type { Settings } from "./config";
import { isAssignableUnit, type Sticky } from "./sticky";
import type { ServerFeed } from "./types";

export interface PushOptions {
  readonly settings: Settings;
  readonly feed: Pick<ServerFeed, "get">;
  readonly sticky: Sticky;
}

/** Applies what starts at the edge: a batch in one transaction, each id once, one bad entry by itself. */
export function createPush({
  settings,
  feed,
  sticky,
}: PushOptions): (entries: readonly PushEntry[]) => Promise<readonly PushResult[]> {
  return (entries) =>
    settings.db.transaction(async (tx) => {
      const errors = await judge(tx, entries, feed);
      const sound = entries.filter((_, i) => errors[i] === undefined);
      const fresh = await tx.receive(sound.map(({ id }) => id));
      // An id that comes twice in one batch counts where it comes first.
      const applied = new Set(firstOfEach(sound.filter(({ id }) => fresh.has(id))));
      const canonical = await keepAssignments(tx, sound, applied, sticky);
      await record(tx, [...applied]);
      return entries.map((entry, i): PushResult => {
        const error = errors[i];
        if (error !== undefined) return { id: entry.id, status: "rejected", error };
        const kept = entry.type === "assignment" ? canonical.get(idOf(entry.flagKey, entry.unit)) : undefined;
        if (entry.type === "assignment" && kept === undefined) return { id: entry.id, status: "rejected", error: "unknown_flag" };
        return {
          id: entry.id,
          status: applied.has(entry) ? "applied" : "duplicate",
          ...(kept !== undefined && { canonical: kept }),
        };
      });
    });
}

/** What is wrong with each entry, if anything. */
async function judge(
  tx: DatabaseTransaction,
  entries: readonly PushEntry[],
  feed: Pick<ServerFeed, "get">,
): Promise<(PushErrorCode | undefined)[]> {
  const errors: (PushErrorCode | undefined)[] = [];
  const asked = new Map<string, Flag | undefined>();
  for (const entry of entries) {
    if (!isStorable(entry)) {
      errors.push("malformed");
    } else if (entry.type === "assignment") {
      const { flagKey, variantKey } = entry;
      const held = feed.get("flag", flagKey);
      // A flag that this server has not heard of may be one that another server has just made.
      if (!held?.doc && !asked.has(flagKey)) asked.set(flagKey, await tx.flag(flagKey));
      const flag = held?.kind === "flag" && held.doc ? held.doc : asked.get(flagKey);
      errors.push(!flag ? "unknown_flag" : assignableVariants(flag).has(variantKey) ? undefined : "unknown_variant");
    } else {
      errors.push(undefined);
    }
  }
  return errors;
}

/** Whether every database can hold what the entry says. */
function isStorable(entry: PushEntry): boolean {
  if (!isUsableKey(entry.id) || Number.isNaN(Date.parse(entry.at))) return false;
  if (entry.type !== "event" && !(isUsableKey(entry.flagKey) && isAssignableUnit(entry.unit))) return false;
  if (entry.type === "event" && entry.unit !== null && !isAssignableUnit(entry.unit)) return false;
  return isStorableJson(entry as unknown as JsonValue);
}

function isStorableJson(value: JsonValue | undefined): boolean {
  if (typeof value === "string") return isStorableText(value);
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([name, one]) => isStorableText(name) && isStorableJson(one));
}

function firstOfEach(entries: readonly PushEntry[]): PushEntry[] {
  const seen = new Set<string>();
  return entries.filter(({ id }) => seen.size !== seen.add(id).size);
}

/** The variant that is kept for every assignment, new or sent again. */
async function keepAssignments(
  tx: DatabaseTransaction,
  sound: readonly PushEntry[],
  applied: ReadonlySet<PushEntry>,
  sticky: Sticky,
): Promise<ReadonlyMap<string, string>> {
  const assignments = sound.filter((entry): entry is AssignmentEntry => entry.type === "assignment");
  const rows = assignments.filter((entry) => applied.has(entry)).map(toAssignmentRow);
  const kept = [...(await tx.assign(rows, (row) => sticky.isGone(row)))];
  const again = assignments.filter((entry) => !applied.has(entry));
  if (again.length > 0) {
    const units = [...new Set(again.map(({ unit }) => unit))];
    kept.push(...(await tx.assignments(units, [...new Set(again.map(({ flagKey }) => flagKey))])));
  }
  return new Map(kept.map((row) => [idOf(row.flagKey, row.userId), row.variantKey]));
}

function toAssignmentRow({ flagKey, unit, variantKey }: AssignmentEntry): AssignmentRow {
  return { flagKey, userId: unit, variantKey };
}

async function record(tx: DatabaseTransaction, entries: readonly PushEntry[]): Promise<void> {
  const at = (entry: PushEntry): string => new Date(entry.at).toISOString();
  await tx.addImpressions(
    entries.flatMap((entry) =>
      entry.type === "impression"
        ? [
            {
              flagKey: entry.flagKey,
              userId: entry.unit,
              value: entry.value,
              variantKey: entry.variant,
              reason: entry.reason,
              createdAt: at(entry),
            },
          ]
        : [],
    ),
  );
  await tx.addEvents(
    entries.flatMap((entry) =>
      entry.type === "event"
        ? [
            {
              event: entry.event,
              userId: entry.unit,
              value: entry.value ?? null,
              metadata: entry.metadata ?? null,
              createdAt: at(entry),
            },
          ]
        : [],
    ),
  );
}

function idOf(flagKey: string, unit: string): string {
  return `${flagKey}\n${unit}`;
}
