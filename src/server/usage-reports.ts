import { SegmentNotFoundError, ValidationError } from "../errors";
import type { Flag } from "../model/flag";
import { referencesOf } from "../model/references";
import type { Segment } from "../model/segment";
import type { Settings } from "./config";
import { livesIn } from "./environment";
import type { FlagManager, SegmentUsage, StaleFlag } from "./types";

const EVERY = Number.MAX_SAFE_INTEGER;
const DAY_MS = 86_400_000;
const STALE_AFTER_DAYS = 30;

/** What uses what, and what nothing needs any more. */
export function createUsageReports({
  db,
  clock,
  environment,
}: Settings): Pick<FlagManager, "getSegmentUsage" | "listStaleFlags"> {
  const allFlags = async (): Promise<readonly Flag[]> =>
    (await db.flags({ limit: EVERY })).items.filter((flag) => livesIn(flag, environment));

  return {
    async getSegmentUsage(key) {
      const segments = await db.segments();
      if (!segments.some((segment) => segment.key === key)) throw new SegmentNotFoundError(key);
      return { flags: usersOf(key, await allFlags()), segments: usersOf(key, segments) };
    },
    async listStaleFlags({ unchangedForDays = STALE_AFTER_DAYS } = {}) {
      if (!(unchangedForDays >= 0))
        throw new ValidationError([{ path: "unchangedForDays", message: "must be a number of days" }]);
      const now = clock.now();
      const until = now - unchangedForDays * DAY_MS;
      return (await allFlags())
        .map((flag) => judge(flag, now))
        .filter((stale) => stale !== undefined)
        .filter(({ since }) => Date.parse(since) <= until)
        .sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
    },
  };
}

function usersOf(key: string, definitions: readonly (Flag | Segment)[]): SegmentUsage["flags"] {
  return definitions.flatMap((definition) => {
    const paths = referencesOf(definition)
      .filter((reference) => reference.kind === "segment" && reference.key === key)
      .map(({ path }) => path);
    return paths.length > 0 ? [{ key: definition.key, paths }] : [];
  });
}

function judge(flag: Flag, now: number): StaleFlag | undefined {
  const { status, expiresAt, updatedAt } = flag;
  if (flag.permanent === true) return undefined;
  if (status !== "active") return { flag, why: status, since: updatedAt };
  if (expiresAt !== undefined && Date.parse(expiresAt) <= now)
    return { flag, why: "expired", since: Date.parse(expiresAt) > Date.parse(updatedAt) ? expiresAt : updatedAt };
  return isSettled(flag, now) ? { flag, why: "settled", since: updatedAt } : undefined;
}

/** Whether everybody gets the same, now and later. */
function isSettled(flag: Flag, now: number): boolean {
  const { rules, overrides = [], variants = [], rollout, prerequisites = [], environmentDefaults = {}, scheduledAt } = flag;
  if (rules.some(({ enabled }) => enabled !== false) || overrides.length > 0 || prerequisites.length > 0) return false;
  if (flag.expiresAt !== undefined || (scheduledAt !== undefined && Date.parse(scheduledAt) > now)) return false;
  if (Object.keys(environmentDefaults).length > 0) return false;
  const { percentage = 100 } = rollout ?? {};
  const splits = flag.type === "multivariate" || (rollout && rollout.value === undefined && flag.type !== "boolean");
  if (splits && variants.length > 0 && percentage > 0)
    return percentage >= 100 && variants.filter(({ weight }) => weight > 0).length === 1;
  return percentage <= 0 || percentage >= 100;
}
