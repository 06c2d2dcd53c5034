import type { ZodType } from "zod";
import { ROUTES } from "../../src/protocol/wire";
import {
  bulkSchema,
  cloneSchema,
  erasureSchema,
  flagPatchSchema,
  flagQuerySchema,
  flagSchema,
  historyQuerySchema,
  impressionQuerySchema,
  killSchema,
  layerPatchSchema,
  layerSchema,
  lockSchema,
  orderSchema,
  overrideSchema,
  overrideTargetSchema,
  pageQuerySchema,
  rolloutSchema,
  rulePatchSchema,
  ruleSchema,
  segmentPatchSchema,
  segmentSchema,
  staleQuerySchema,
  tagsSchema,
} from "../schemas/definition";
import { ofrepRequestSchema } from "../schemas/ofrep";
import { eventsSchema, pushSchema } from "../schemas/push-entry";
import { releasePatchSchema, releaseQuerySchema, releaseSchema, rollbackSchema } from "../schemas/release";
import { rotationSchema, sdkKeySchema } from "../schemas/sdk-key";
import { pullQuerySchema, streamQuerySchema, traceQuerySchema } from "../schemas/sync-query";
import type { ResponseName } from "./responses";

/** One method of one path, as the document tells of it. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  /** Below the handler's base path, with `:name` for what varies. */
  readonly path: string;
  readonly summary: string;
  readonly tag: "sync" | "flags" | "admin" | "operations";
  readonly query?: ZodType;
  readonly body?: ZodType;
  /** Whether `reason` and `ifVersion` may stand beside the body's own fields. */
  readonly noted?: boolean;
  /** Of the answer when all is well. @defaultValue 200 */
  readonly status?: 200 | 201 | 204;
  readonly answer?: ResponseName;
}

type Method = Operation["method"];
type Rest = Omit<Operation, "method" | "path" | "summary" | "tag">;

function admin(method: Method, path: string, summary: string, rest: Rest = {}): Operation {
  return { method, path, summary, tag: "admin", ...(rest.status !== 204 && { answer: "Record" }), ...rest };
}

const noted = true;
const removed = { status: 204, noted } as const;
const created = { status: 201, noted } as const;

const flagOperations = (base: string): readonly Operation[] => [
  admin("post", base, "Create a flag", { body: flagSchema, ...created, answer: "Flag" }),
  admin("patch", `${base}/:key`, "Change a flag", { body: flagPatchSchema, noted, answer: "Flag" }),
  admin("delete", `${base}/:key`, "Archive a flag, or take it away for good", { noted, answer: "Flag" }),
  admin("post", `${base}/:key/kill`, "Turn a flag off at once", { body: killSchema, answer: "Flag" }),
];

/** Every operation of the handler. A test holds the list to the routes, and the document is made of it. */
export const OPERATIONS: readonly Operation[] = [
  { method: "get", path: "/health", summary: "Whether flags can be evaluated", tag: "operations", answer: "Health" },
  admin("get", "/metrics", "The server's numbers, in Prometheus' text format", { answer: "Text" }),
  { method: "get", path: "/openapi.json", summary: "This document", tag: "operations", answer: "Record" },

  {
    method: "post",
    path: "/ofrep/v1/evaluate/flags",
    summary: "Every flag, as OpenFeature's remote evaluation protocol answers it",
    tag: "flags",
    body: ofrepRequestSchema,
    answer: "Record",
  },
  {
    method: "post",
    path: "/ofrep/v1/evaluate/flags/:key",
    summary: "A flag, as OpenFeature's remote evaluation protocol answers it",
    tag: "flags",
    body: ofrepRequestSchema,
    answer: "Record",
  },
  {
    method: "get",
    path: ROUTES.pull,
    summary: "The ruleset, or what changed in it",
    tag: "sync",
    query: pullQuerySchema,
    answer: "Pull",
  },
  {
    method: "get",
    path: ROUTES.stream,
    summary: "Changes as they happen",
    tag: "sync",
    query: streamQuerySchema,
    answer: "Events",
  },
  {
    method: "post",
    path: ROUTES.push,
    summary: "Facts from the edge, each with a verdict",
    tag: "sync",
    body: pushSchema,
    answer: "Push",
  },
  { method: "get", path: ROUTES.assignments, summary: "The caller's sticky assignments", tag: "sync", answer: "Assignments" },
  { method: "post", path: ROUTES.events, summary: "Analytics events", tag: "sync", body: eventsSchema, status: 204 },

  { method: "get", path: "/flags", summary: "Every flag, evaluated for the caller", tag: "flags", answer: "Evaluated" },
  { method: "get", path: "/flags/stream", summary: "Evaluated flags as they change", tag: "flags", answer: "Events" },
  {
    method: "get",
    path: "/flags/:key",
    summary: "One flag, evaluated",
    tag: "flags",
    query: traceQuerySchema,
    answer: "FlagResult",
  },

  ...flagOperations("/flags"),
  ...flagOperations("/admin/flags"),
  admin("get", "/admin/flags", "List flags", { query: flagQuerySchema, answer: "Flags" }),
  admin("get", "/admin/flags/:key", "Read a flag", { answer: "Flag" }),
  admin("post", "/admin/flags/:key/restore", "Make a killed or archived flag active", { noted, answer: "Flag" }),
  admin("post", "/admin/flags/:key/clone", "Make a flag of another", { body: cloneSchema, ...created, answer: "Flag" }),
  admin("post", "/admin/flags/:key/tags", "Add tags", { body: tagsSchema, noted, answer: "Flag" }),
  admin("delete", "/admin/flags/:key/tags", "Remove tags", { body: tagsSchema, noted, answer: "Flag" }),
  ...(["put", "post"] as const).flatMap((method) => [
    admin(method, "/admin/flags/:key/lock", "Lock or unlock a flag", { body: lockSchema, answer: "Flag" }),
    admin(method, "/admin/flags/:key/rollout", "Set the rollout", { body: rolloutSchema, noted, answer: "Flag" }),
    admin(method, "/admin/flags/:key/overrides", "Set an override", { body: overrideSchema, noted, answer: "Flag" }),
  ]),
  admin("delete", "/admin/flags/:key/rollout", "Take the rollout away", { noted, answer: "Flag" }),
  admin("get", "/admin/flags/:key/history", "What was changed, by whom and why", { query: pageQuerySchema }),
  admin("get", "/admin/flags/:key/overrides", "List overrides"),
  admin("delete", "/admin/flags/:key/overrides", "Remove an override", { body: overrideTargetSchema, noted, answer: "Flag" }),
  admin("get", "/admin/flags/:key/rules", "List rules"),
  admin("post", "/admin/flags/:key/rules", "Add a rule", { body: ruleSchema, ...created }),
  admin("put", "/admin/flags/:key/rules", "Order the rules", { body: orderSchema }),
  admin("patch", "/admin/flags/:key/rules/:id", "Change a rule", { body: rulePatchSchema, noted }),
  admin("delete", "/admin/flags/:key/rules/:id", "Remove a rule", removed),

  admin("get", "/admin/segments", "List segments"),
  admin("post", "/admin/segments", "Create a segment", { body: segmentSchema, ...created }),
  admin("get", "/admin/segments/:key", "Read a segment"),
  admin("patch", "/admin/segments/:key", "Change a segment", { body: segmentPatchSchema, noted }),
  admin("delete", "/admin/segments/:key", "Delete a segment that nothing uses", removed),
  admin("get", "/admin/segments/:key/usage", "Who refers to a segment"),

  admin("get", "/admin/layers", "List exclusion layers"),
  admin("post", "/admin/layers", "Create an exclusion layer", { body: layerSchema, ...created }),
  admin("get", "/admin/layers/:key", "Read an exclusion layer"),
  admin("patch", "/admin/layers/:key", "Change an exclusion layer", { body: layerPatchSchema, noted }),
  admin("delete", "/admin/layers/:key", "Delete an exclusion layer", removed),

  admin("get", "/admin/releases", "List releases", { query: releaseQuerySchema }),
  admin("post", "/admin/releases", "Create a release", { body: releaseSchema, ...created }),
  admin("get", "/admin/releases/:id", "Read a release"),
  admin("patch", "/admin/releases/:id", "Change or schedule a release", { body: releasePatchSchema, noted }),
  admin("get", "/admin/releases/:id/preview", "What a release would do"),
  admin("post", "/admin/releases/:id/preview", "What a release would do"),
  admin("post", "/admin/releases/:id/approve", "Approve a release", { noted }),
  admin("post", "/admin/releases/:id/reject", "Reject a release for good", { noted }),
  admin("post", "/admin/releases/:id/deploy", "Make all of its changes, or none", { noted }),
  admin("post", "/admin/releases/:id/rollback", "Put everything back as it was", { body: rollbackSchema }),

  admin("get", "/admin/keys", "List SDK keys, without themselves"),
  admin("post", "/admin/keys", "Make an SDK key, which is told this once", { body: sdkKeySchema, ...created }),
  admin("delete", "/admin/keys/:id", "Revoke an SDK key", { noted }),
  admin("post", "/admin/keys/:id/rotate", "Make a key with the same rights", { body: rotationSchema, status: 201 }),

  admin("post", "/admin/kill-all", "Kill every flag that is meant", { body: bulkSchema }),
  admin("post", "/admin/restore-all", "Restore what was killed with all", { body: bulkSchema }),
  admin("get", "/admin/stale", "Flags that may be ready to go", { query: staleQuerySchema }),
  admin("get", "/admin/history", "What was changed, by whom and why", { query: historyQuerySchema }),
  admin("get", "/admin/impressions", "What was shown to whom", { query: impressionQuerySchema }),
  admin("post", "/admin/retention", "Delete what is older than it may be"),
  admin("get", "/admin/users/:id/assignments", "A user's sticky assignments", { answer: "Assignments" }),
  admin("delete", "/admin/users/:id", "Erase a user", { body: erasureSchema, noted }),
];
