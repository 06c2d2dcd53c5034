import { ReleaseConflictError } from "../../errors";
import type { Flag } from "../../model/flag";
import { referencesOf } from "../../model/references";
import type { DatabaseTransaction, ReleaseRow } from "../../ports/database-adapter";
import type { Written } from "../mutate";
import { nameOfChange } from "./apply-changes";
import { assertPresent, assertUnlocked, checkChangedReferences } from "./change-flags";
import type { DeployParts } from "./deploy-release";
import { type FlagImage, imagesOf, isAsLeft } from "./flag-image";
import { lockDefinitions } from "./lock-definitions";
import { lockRelease, recordRelease, toRelease } from "./release-rows";
import { nextStatus } from "./release-status";
import type { Release, ReleaseOperations } from "./release-types";

interface RestoredFlag {
  readonly before: Flag | undefined;
  readonly after: Flag;
}

/**
 * Takes a deployed release back. The flags are put back whole, as they were stored; what was valid then is not judged anew,
 * but for its references, which must lead to something still. With `force`, a flag that was deleted since is made anew, and
 * whatever became of the others is lost.
 */
export function createRollback({
  settings: { environment },
  mutate,
}: Omit<DeployParts, "check">): ReleaseOperations["rollbackRelease"] {
  return (id, options) =>
    mutate({
      action: "rollback_release",
      key: id,
      options,
      prepare: () => async (tx, at) => {
        const release = await lockRelease(tx, id, environment);
        const status = nextStatus(release, "rollback");
        const images = imagesOf(release);
        const flags = await lockFlags(tx, images, environment);
        if (options?.force !== true) assertAsLeft(release, images, flags);
        const restored = images.map(({ before, after }) => restore(flags.get(before.key), before, after, at));
        await checkChangedReferences(tx, restored);
        for (const { before, after } of restored) await tx.putFlag(after, { isNew: before === undefined });
        const rolledBack: ReleaseRow = { ...release, status, rolledBackAt: at, updatedAt: at };
        await tx.putRelease(rolledBack);
        return describe(release, rolledBack, restored);
      },
    });
}

/** @throws FlagLockedError, and FlagNotFoundError for a flag that has moved to another environment */
async function lockFlags(
  tx: DatabaseTransaction,
  images: readonly FlagImage[],
  environment: string | undefined,
): Promise<ReadonlyMap<string, Flag>> {
  const keys = images.map(({ before }) => before.key);
  const references = images.flatMap(({ before }) => referencesOf(before));
  const flags = await lockDefinitions(tx, keys, references);
  for (const key of keys) {
    const flag = flags.get(key);
    if (!flag) continue;
    assertPresent(key, flag, [environment]);
    assertUnlocked(flag);
  }
  return flags;
}

/** @throws ReleaseConflictError that names the flags */
function assertAsLeft({ id, name }: ReleaseRow, images: readonly FlagImage[], flags: ReadonlyMap<string, Flag>): void {
  const keys = images.filter((image) => !isAsLeft(flags.get(image.after.key), image)).map(({ after }) => after.key);
  if (keys.length === 0) return;
  const named = keys.map((key) => `"${key}"${flags.has(key) ? "" : " (deleted)"}`).join(", ");
  throw new ReleaseConflictError(
    id,
    `The release "${name}" cannot be rolled back: these flags were changed since: ${named}. To lose those changes, say force.`,
    keys,
  );
}

function restore(current: Flag | undefined, before: Flag, left: Flag, at: string): RestoredFlag {
  const version = Math.max(current?.version ?? 0, left.version) + 1;
  // A flag that was deleted and made anew stays the one that was made then.
  const createdAt = current?.createdAt ?? before.createdAt;
  return { before: current, after: { ...before, version, createdAt, updatedAt: at } };
}

function describe(release: ReleaseRow, rolledBack: ReleaseRow, restored: readonly RestoredFlag[]): Written<Release> {
  return {
    result: toRelease(rolledBack),
    changed: restored.map(({ after: { key } }) => ({ kind: "flag", key, deleted: false })),
    records: [
      ...restored.map(({ before = null, after }) => ({
        action: nameOfChange(before, after),
        flagKey: after.key,
        before,
        after,
      })),
      recordRelease(release, rolledBack),
    ],
    releaseId: release.id,
  };
}
