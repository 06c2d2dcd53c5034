import { z } from "zod";
import { FLAG_STATUSES } from "../../src/model/flag";
import { RELEASE_STATUSES } from "../../src/ports/database-adapter";
import type { ReleaseInput, ReleasePatch } from "../../src/server/releases/release-types";
import { json, name, pageQuerySchema, rolloutSchema, ruleSchema, text, time } from "./definition";

/** The outlines of releases in requests; what a change means is judged where releases are made. */

const flagKey = name;
const rolloutValue = z.union([rolloutSchema, z.number().min(0).max(100), z.null()]);
const change = z.discriminatedUnion("action", [
  z.strictObject({ flagKey, action: z.literal("set_status"), value: z.enum(FLAG_STATUSES) }),
  z.strictObject({ flagKey, action: z.enum(["set_value", "setValue"]), value: json }),
  z.strictObject({ flagKey, action: z.enum(["set_rollout", "setRollout"]), value: rolloutValue }),
  z.strictObject({ flagKey, action: z.enum(["enable", "disable", "kill", "restore"]) }),
  z.strictObject({ flagKey, action: z.literal("add_rule"), value: ruleSchema }),
  z.strictObject({ flagKey, action: z.literal("remove_rule"), value: name }),
]);
const changes = z.array(change).min(1).max(500);

export const releaseSchema = z.strictObject({
  name: name.min(1),
  description: text.exactOptional(),
  environment: name.exactOptional(),
  changes,
  scheduledAt: time.exactOptional(),
  requiresApproval: z.boolean().exactOptional(),
}) satisfies z.ZodType<ReleaseInput>;

export const releasePatchSchema = z.strictObject({
  name: name.min(1).exactOptional(),
  description: text.nullable().exactOptional(),
  changes: changes.exactOptional(),
  scheduledAt: time.nullable().exactOptional(),
}) satisfies z.ZodType<ReleasePatch>;

export const rollbackSchema = z.object({ reason: text.exactOptional(), force: z.boolean().exactOptional() });

export const releaseQuerySchema = pageQuerySchema.extend({
  status: z
    .string()
    .transform((list) => list.split(","))
    .pipe(z.array(z.enum(RELEASE_STATUSES)))
    .exactOptional(),
  environment: name.exactOptional(),
  dueAt: time.exactOptional(),
});
