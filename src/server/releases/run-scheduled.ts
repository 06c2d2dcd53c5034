import { ClosedError, ForbiddenError, StorageError } from "../../errors";
import type { AuditActor, ReleaseRow } from "../../ports/database-adapter";
import type { Settings } from "../config";
import { toHistory, toStoredActor } from "../mutate";
import { type Deploy, isDue } from "./deploy-release";
import { isSeen, lockRelease, recordRelease, toRelease } from "./release-rows";
import { nextStatus } from "./release-status";
import type { Release, ReleaseOptions, ReleaseRun } from "./release-types";

const PAGE = 100;
const MAX_NOTE = 1_000;
/** Whoever prepared and approved the releases decided about them. */
const SCHEDULER: AuditActor = { id: "scheduler", type: "system", permissions: ["releases:deploy"] };

/** Deploys what is due, one release after the other, each in a transaction of its own. */
export function createScheduler(settings: Settings, { deployDue }: Deploy): (options?: ReleaseOptions) => Promise<ReleaseRun> {
  return async (options = {}) => {
    const by = { ...options, actor: options.actor ?? SCHEDULER };
    const dueAt = new Date(settings.clock.now()).toISOString();
    const deployed: Release[] = [];
    const failed: ReleaseRun["failed"][number][] = [];
    for (const row of await listDue(settings, dueAt)) {
      try {
        const release = await tryTwice(() => deployDue(row.id, dueAt, by));
        if (release) deployed.push(release);
      } catch (error) {
        const cause = error instanceof Error ? error : new Error(String(error));
        // What a server that closes cannot deploy is another one's to deploy.
        if (cause instanceof ClosedError) return { deployed, failed: [...failed, { release: toRelease(row), error: cause }] };
        // Nor does it say anything about a release that this actor may not deploy it.
        const release = cause instanceof ForbiddenError ? toRelease(row) : await markFailed(settings, row, cause, by);
        if (release) failed.push({ release, error: cause });
      }
    }
    return { deployed, failed };
  };
}

async function listDue({ db, environment }: Settings, dueAt: string): Promise<readonly ReleaseRow[]> {
  const due: ReleaseRow[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const { items } = await db.releases({
      status: ["pending", "approved"],
      dueAt,
      limit: PAGE,
      offset,
      ...(environment !== undefined && { environment }),
    });
    due.push(...items.filter((row) => isSeen(row, environment) && isDue(row, dueAt)));
    if (items.length < PAGE) return due;
  }
}

/** A connection may have been lost on the way; a database that is away will fail again. */
async function tryTwice<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return work();
  }
}

/**
 * Takes a release out of the schedule; answers `undefined` where somebody else has deployed, changed or marked it meanwhile. No
 * hook is asked, since it may be what refuses; where the database cannot keep the mark, the release stays due.
 */
async function markFailed(
  { db, clock, environment, redactor, log }: Settings,
  tried: ReleaseRow,
  error: Error,
  { actor, reason }: ReleaseOptions,
): Promise<Release | undefined> {
  const note = (error.message || error.name).slice(0, MAX_NOTE).replace(/\0|\p{Surrogate}/gu, "\uFFFD");
  try {
    return await db.transaction(async (tx) => {
      const release = await lockRelease(tx, tried.id, environment);
      if (release.updatedAt !== tried.updatedAt || release.status !== tried.status) return undefined;
      const at = new Date(clock.now()).toISOString();
      const after: ReleaseRow = { ...release, status: nextStatus(release, "fail"), note, updatedAt: at };
      await tx.putRelease(after);
      const by = { actor: toStoredActor(actor), reason: reason ?? note, releaseId: release.id, at };
      await tx.addHistory([toHistory({ action: "fail_release", ...recordRelease(release, after), ...by }, redactor.json)]);
      return toRelease(after);
    });
  } catch (cause) {
    log("warn", "A scheduled release failed, and could not be marked as failed; it stays due.", { id: tried.id, error: cause });
    return toRelease(tried);
  }
}
