import { deepEqual } from "../../engine/deep-equal";
import { ValidationError } from "../../errors";
import { type Flag, FLAG_STATUSES, FLAG_TYPES } from "../../model/flag";
import type { JsonValue } from "../../model/json";
import type { ReleaseRow } from "../../ports/database-adapter";

/** What stands in place of a user who was erased. */
const ERASED = "[ERASED]";

/** A flag whole, as it was stored before a release was deployed and as the release left it, with the version that it gave it. */
export interface FlagImage {
  readonly before: Flag;
  readonly after: Flag;
}

/** As it is stored with the release. */
export function toSnapshots(images: readonly FlagImage[]): readonly JsonValue[] {
  return images.map(({ before, after }) => ({ before, after }) as unknown as JsonValue);
}

/** By key of the flags, in order. @throws ValidationError where the erasure of a user has taken more of a flag than a mention */
export function imagesOf({ snapshots = [] }: Pick<ReleaseRow, "snapshots">): readonly FlagImage[] {
  const images = snapshots as unknown as readonly FlagImage[];
  const issues = images.flatMap(({ before: { key, status, type } }, i) =>
    key !== ERASED && FLAG_STATUSES.includes(status) && FLAG_TYPES.includes(type)
      ? []
      : [
          {
            path: `snapshots[${i}]`,
            message: "cannot be restored: what it says of the flag was erased with a user of that name",
          },
        ],
  );
  if (issues.length > 0) throw new ValidationError(issues);
  return images.map(({ before, after }) => ({ before: withoutErased(before), after: withoutErased(after) }));
}

/** An override of a user who has been erased since is not theirs any more. */
function withoutErased(flag: Flag): Flag {
  if (!flag.overrides?.some(isErased)) return flag;
  const { overrides: _, ...rest } = flag;
  const kept = flag.overrides.filter((one) => !isErased(one));
  return kept.length > 0 ? { ...rest, overrides: kept } : rest;
}

function isErased({ id }: { readonly id: string }): boolean {
  return id === ERASED;
}

/**
 * Whether a flag is as the release left it: of the version that it gave it, or, where it was changed since, changed back, as by
 * the rollback of a later release.
 */
export function isAsLeft(flag: Flag | undefined, { after }: FlagImage): flag is Flag {
  if (flag?.createdAt !== after.createdAt) return false;
  return flag.version === after.version || deepEqual(withoutCount(flag), withoutCount(after));
}

function withoutCount({ version: _, updatedAt: __, ...content }: Flag): object {
  return content;
}
