import { ValidationError } from "../../errors";
import { deepEqual } from "../../engine/deep-equal";
import type { ReleaseRow } from "../../ports/database-adapter";
import { toStoredActor } from "../mutate";
import { applyPatch, assertUnchanged } from "../patch";
import { createDeploy, type DeployParts } from "./deploy-release";
import { changesOf, parseEditable, parseRelease, parseReleaseQuery, type ReleaseDefinition } from "./parse-release";
import { type PreviewParts, previewRelease } from "./preview-release";
import { remembering } from "./recent-contexts";
import { assertSeen, lockRelease, putAlone, toRelease } from "./release-rows";
import { nextStatus, type ReleaseStep } from "./release-status";
import type { Release, ReleaseOperations, ReleaseOptions } from "./release-types";
import { createRollback } from "./rollback-release";
import { createScheduler } from "./run-scheduled";

/** Releases, and the evaluation that they learn from whom a release would concern. */
export function withReleases<E extends Parameters<typeof remembering>[0]>(
  evaluation: E,
  parts: DeployParts & PreviewParts,
): E & ReleaseOperations {
  const { settings, contexts } = parts;
  const { db, environment } = settings;
  const deploying = createDeploy(parts);

  async function read(id: string): Promise<ReleaseRow> {
    const row = await db.release(id);
    assertSeen(id, row, environment);
    return row;
  }

  return {
    ...remembering(evaluation, contexts),
    ...createEdits(parts),
    getRelease: async (id) => toRelease(await read(id)),
    async listReleases(query = {}) {
      const asked = parseReleaseQuery(query);
      const { items, total } = await db.releases({ ...asked, ...(environment !== undefined && { environment }) });
      return { releases: items.map(toRelease), total, hasMore: (asked.offset ?? 0) + items.length < total };
    },
    previewRelease: async (id) => previewRelease(parts, await read(id)),
    deployRelease: deploying.deploy,
    runScheduledReleases: createScheduler(settings, deploying),
    rollbackRelease: createRollback(parts),
  };
}

type Edits = Pick<ReleaseOperations, "createRelease" | "updateRelease" | "scheduleRelease" | "approveRelease" | "rejectRelease">;

/** What changes a release and no flag. */
function createEdits({ settings: { environment }, mutate }: DeployParts): Edits {
  function take(
    action: string,
    id: string,
    options: ReleaseOptions | undefined,
    edit: (release: ReleaseRow) => { readonly step: ReleaseStep; readonly next: ReleaseRow },
  ): Promise<Release> {
    return mutate({
      action,
      key: id,
      options,
      prepare: () => async (tx, at) => {
        const release = await lockRelease(tx, id, environment);
        const { step, next } = edit(release);
        return putAlone(tx, release, { ...next, status: nextStatus(release, step), updatedAt: at });
      },
    });
  }

  const decide = (step: "approve" | "reject", id: string, options: ReleaseOptions | undefined): Promise<Release> =>
    take(`${step}_release`, id, options, (release) => {
      const { decidedBy: _, ...rest } = release;
      const actor = toStoredActor(options?.actor);
      const note = step === "reject" ? options?.reason : undefined;
      return { step, next: { ...rest, ...(actor && { decidedBy: actor }), ...(note !== undefined && { note }) } };
    });

  const update: Edits["updateRelease"] = (id, patch, options) =>
    take("update_release", id, options, (release) => revise(release, patch));

  return {
    async createRelease(input, options) {
      const id = crypto.randomUUID();
      return mutate({
        action: "create_release",
        key: id,
        options,
        prepare() {
          const definition = parseNew(input, environment);
          return (tx, at) => putAlone(tx, null, toRow(id, definition, options, at));
        },
      });
    },
    updateRelease: update,
    scheduleRelease: (id, scheduledAt, options) => update(id, { scheduledAt }, options),
    approveRelease: (id, options) => decide("approve", id, options),
    rejectRelease: (id, options) => decide("reject", id, options),
  };
}

function parseNew(input: unknown, environment: string | undefined): ReleaseDefinition {
  const definition = parseRelease(input);
  if (environment !== undefined && definition.environment !== undefined && definition.environment !== environment)
    throw new ValidationError([{ path: "environment", message: `this server is confined to "${environment}"` }]);
  return definition;
}

function toRow(id: string, definition: ReleaseDefinition, options: ReleaseOptions | undefined, at: string): ReleaseRow {
  const actor = toStoredActor(options?.actor);
  return {
    id,
    ...definition,
    changes: definition.changes as unknown as ReleaseRow["changes"],
    status: "pending",
    requiresApproval: definition.requiresApproval ?? false,
    ...(actor && { createdBy: actor }),
    createdAt: at,
    updatedAt: at,
  };
}

/** The release with a patch. Who approved it approved what it did, whenever it did it. */
function revise(release: ReleaseRow, patch: unknown): { readonly step: ReleaseStep; readonly next: ReleaseRow } {
  assertUnchanged(patch, ["id", "environment", "requiresApproval", "status"]);
  const { name, description, scheduledAt, decidedBy, note: _, ...kept } = release;
  const fields = { name, description, scheduledAt, changes: changesOf(release) };
  const edited = parseEditable(applyPatch(fields, patch, ["name", "changes"]));
  const changes = edited.changes as unknown as ReleaseRow["changes"];
  if (!deepEqual(changes, release.changes)) return { step: "revise", next: { ...kept, ...edited, changes } };
  return { step: "edit", next: { ...kept, ...edited, changes, ...(decidedBy && { decidedBy }) } };
}
