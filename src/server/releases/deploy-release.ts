import type { DatabaseTransaction, ReleaseRow } from "../../ports/database-adapter";
import type { CheckEvaluable } from "../check-evaluable";
import type { Settings } from "../config";
import type { Mutate, Written } from "../mutate";
import { nameOfChange } from "./apply-changes";
import { type ChangedFlag, changeFlags } from "./change-flags";
import { toSnapshots } from "./flag-image";
import { changesOf } from "./parse-release";
import { lockRelease, recordRelease, toRelease } from "./release-rows";
import { awaitsApproval, nextStatus } from "./release-status";
import type { Release, ReleaseOptions } from "./release-types";

export interface DeployParts {
  readonly settings: Settings;
  readonly mutate: Mutate;
  readonly check: CheckEvaluable;
}

export interface Deploy {
  deploy(id: string, options: ReleaseOptions | undefined): Promise<Release>;
  /** Deploys it if it is due at that moment; answers `undefined` where it is not, because another server was faster, for example. */
  deployDue(id: string, at: string, options: ReleaseOptions | undefined): Promise<Release | undefined>;
}

export function createDeploy({ settings: { environment }, mutate, check }: DeployParts): Deploy {
  async function write(tx: DatabaseTransaction, release: ReleaseRow, at: string): Promise<Written<Release>> {
    const status = nextStatus(release, "deploy");
    const environments = [environment, release.environment];
    const flags = await changeFlags(tx, changesOf(release), { at, check, environments });
    for (const { after } of flags) await tx.putFlag(after);
    const { note: _, ...rest } = release;
    const deployed: ReleaseRow = { ...rest, status, snapshots: toSnapshots(flags), deployedAt: at, updatedAt: at };
    await tx.putRelease(deployed);
    return {
      result: toRelease(deployed),
      changed: flags.map(({ after: { key } }) => ({ kind: "flag", key, deleted: false })),
      records: [...flags.map(recordFlag), recordRelease(release, deployed)],
      releaseId: release.id,
    };
  }

  return {
    deploy: (id, options) =>
      mutate({
        action: "deploy_release",
        key: id,
        options,
        prepare: () => async (tx, at) => write(tx, await lockRelease(tx, id, environment), at),
      }),
    deployDue: (id, dueAt, options) =>
      mutate<Release | undefined>({
        action: "deploy_release",
        key: id,
        options,
        prepare: () => async (tx, at) => {
          const release = await lockRelease(tx, id, environment);
          return isDue(release, dueAt) ? write(tx, release, at) : { result: undefined, changed: [], records: [] };
        },
      }),
  };
}

/** Whether a scheduler is to deploy the release at that moment. */
export function isDue(release: ReleaseRow, at: string): boolean {
  const { status, scheduledAt } = release;
  return (
    (status === "pending" || status === "approved") && !awaitsApproval(release) && scheduledAt !== undefined && scheduledAt <= at
  );
}

function recordFlag({ group, before, after }: ChangedFlag): Written<unknown>["records"][number] {
  return { action: nameOfChange(before, after, group), flagKey: after.key, before, after };
}
