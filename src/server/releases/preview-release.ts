import { isRolleaseError } from "../../errors";
import type { DatabaseTransaction, ReleaseRow } from "../../ports/database-adapter";
import type { CheckEvaluable } from "../check-evaluable";
import type { Settings } from "../config";
import { takeSnapshot } from "../take-snapshot";
import type { ServerFeed } from "../types";
import { groupByFlag } from "./apply-changes";
import {
  assertPresent,
  assertUnlocked,
  type ChangedFlag,
  changeFlag,
  checkChangedReferences,
  type Environments,
} from "./change-flags";
import { compareContexts } from "./compare-contexts";
import { changesOf } from "./parse-release";
import type { RecentContexts } from "./recent-contexts";
import { toRelease } from "./release-rows";
import { nextStatus } from "./release-status";
import type { ReleasePreview } from "./release-types";

export interface PreviewParts {
  readonly settings: Settings;
  readonly check: CheckEvaluable;
  readonly feed: Pick<ServerFeed, "position" | "since">;
  readonly contexts: RecentContexts;
  /** Resolves when there is a ruleset. */
  ready(): Promise<void>;
}

type Problem = ReleasePreview["problems"][number];

/** What a release would do if it were deployed now: the same steps, with nothing locked and nothing written. */
export async function previewRelease(
  { settings, check, feed, contexts, ready }: PreviewParts,
  row: ReleaseRow,
): Promise<ReleasePreview> {
  await ready();
  const { db, clock, environment } = settings;
  const at = new Date(clock.now()).toISOString();
  const problems = new Map<string, Problem>();
  const report = (error: unknown, flagKey?: string): void => {
    if (!isRolleaseError(error)) throw error;
    const { code, message } = error;
    problems.set(message, { code, message, ...(flagKey !== undefined && { flagKey }) });
  };

  await attempt(report, undefined, () => void nextStatus(row, "deploy"));
  const changed = await db.transaction(async (tx) => {
    const reading = withoutLocks(tx);
    const flags = await changeEach(reading, row, { at, check, environments: [environment, row.environment], report });
    await attempt(report, undefined, () => checkChangedReferences(reading, flags));
    return flags;
  });
  const recent = contexts.list();
  const { affected, byFlag } = await compareContexts(settings, takeSnapshot(feed, environment), changed, recent);
  const own = new Set(changed.map(({ before }) => before.key));
  return {
    release: toRelease(row),
    flags: changed.map(({ before, after }) => {
      return { flagKey: before.key, before, after, affected: byFlag.get(before.key) ?? 0 };
    }),
    dependents: [...byFlag].filter(([key]) => !own.has(key)).map(([flagKey, count]) => ({ flagKey, affected: count })),
    contexts: recent.length,
    affected,
    problems: [...problems.values()],
  };
}

interface ChangeEachOptions {
  readonly at: string;
  readonly check: CheckEvaluable;
  readonly environments: Environments;
  report(error: unknown, flagKey?: string): void;
}

/** The flags that can be changed, each by itself; a lock is reported, but does not keep the change from being shown. */
async function changeEach(
  tx: DatabaseTransaction,
  row: ReleaseRow,
  { at, check, environments, report }: ChangeEachOptions,
): Promise<readonly ChangedFlag[]> {
  const changed: ChangedFlag[] = [];
  for (const group of groupByFlag(changesOf(row))) {
    const { flagKey } = group;
    await attempt(report, flagKey, async () => {
      const before = await tx.flag(flagKey);
      assertPresent(flagKey, before, environments);
      changed.push({ group, before, after: await changeFlag(before, group, at, check) });
      assertUnlocked(before);
    });
  }
  return changed;
}

/** A transaction that only looks. */
function withoutLocks(tx: DatabaseTransaction): DatabaseTransaction {
  const { flag, segment, layer } = tx;
  const lockFlags: DatabaseTransaction["lockFlags"] = async (which) =>
    which instanceof Array
      ? there(await Promise.all(which.map((key) => flag(key))))
      : (await tx.flags({ ...which, limit: Number.MAX_SAFE_INTEGER })).items;
  const lockSegments: DatabaseTransaction["lockSegments"] = async (keys) =>
    there(await Promise.all(keys.map((key) => segment(key))));
  return { ...tx, lockFlag: flag, lockFlags, lockSegment: segment, lockSegments, lockLayer: layer };
}

function there<T>(found: readonly (T | undefined)[]): T[] {
  return found.filter((one) => one !== undefined);
}

async function attempt(
  report: (error: unknown, flagKey?: string) => void,
  flagKey: string | undefined,
  work: () => void | Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    report(error, flagKey);
  }
}
