import { ReleaseNotFoundError } from "../../errors";
import type { DatabaseTransaction, ReleaseRow } from "../../ports/database-adapter";
import type { Recorded, Written } from "../mutate";
import { changesOf } from "./parse-release";
import type { Release } from "./release-types";

/** The release, if there is one and a server of this environment may see it. @throws ReleaseNotFoundError */
export function assertSeen(id: string, row: ReleaseRow | undefined, environment: string | undefined): asserts row is ReleaseRow {
  if (!row || !isSeen(row, environment)) throw new ReleaseNotFoundError(id);
}

/** A server that is confined to an environment sees the releases of that one and of none. */
export function isSeen(row: Pick<ReleaseRow, "environment">, environment: string | undefined): boolean {
  return environment === undefined || row.environment === undefined || row.environment === environment;
}

/** @throws ReleaseNotFoundError */
export async function lockRelease(tx: DatabaseTransaction, id: string, environment: string | undefined): Promise<ReleaseRow> {
  const row = await tx.lockRelease(id);
  assertSeen(id, row, environment);
  return row;
}

export function toRelease({ snapshots: _, ...row }: ReleaseRow): Release {
  return { ...row, changes: changesOf(row) };
}

/** The release's own entry of the history. */
export function recordRelease(before: ReleaseRow | null, after: ReleaseRow): Recorded {
  return { flagKey: null, before: before && toRelease(before), after: toRelease(after) };
}

/** Writes a release that changes nothing but itself. */
export async function putAlone(tx: DatabaseTransaction, before: ReleaseRow | null, after: ReleaseRow): Promise<Written<Release>> {
  await tx.putRelease(after);
  return { result: toRelease(after), changed: [], records: [recordRelease(before, after)], releaseId: after.id };
}
