import { z } from "zod";
import type { Condition } from "../../src/model/condition";
import { FLAG_STATUSES, FLAG_TYPES, type Rollout, type Rule } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import type {
  CloneInput,
  FlagInput,
  FlagPatch,
  LayerInput,
  LayerPatch,
  RuleInput,
  SegmentInput,
  SegmentPatch,
} from "../../src/server/types";
import { isStorable } from "../read-body";

/** The outlines of definitions in requests. What they mean (conditions, references, limits) is judged where they are written. */

export const json = z.custom<JsonValue>((value) => value !== undefined, "is missing").meta({ description: "Any JSON." });
const condition = z
  .custom<Condition>(
    (value) => typeof value === "boolean" || (typeof value === "object" && value !== null && !Array.isArray(value)),
    "is no condition",
  )
  .meta({ type: ["object", "boolean"], description: "A condition." });
export const text = z.string().max(10_000);
export const name = z.string().max(256);
export const time = z.iso.datetime({ offset: true });
const object = z
  .custom<never>((value) => typeof value === "object" && value !== null && !Array.isArray(value), "is no object")
  .meta({ type: "object" });

export const rolloutSchema = z.strictObject({
  percentage: z.number().min(0).max(100),
  hashKey: name.exactOptional(),
  salt: name.exactOptional(),
  sticky: z.boolean().exactOptional(),
  value: json.exactOptional(),
  bucketing: object.exactOptional(),
}) satisfies z.ZodType<Rollout>;

const ruleFields = {
  priority: z.int().min(-2_147_483_648).max(2_147_483_647).exactOptional(),
  name: name.exactOptional(),
  enabled: z.boolean().exactOptional(),
  rolloutPct: z.number().min(0).max(100).exactOptional(),
  isHoldout: z.boolean().exactOptional(),
  sticky: z.boolean().exactOptional(),
  value: json.exactOptional(),
  variantId: name.exactOptional(),
  distribution: z.array(z.strictObject({ variantId: name, weight: z.number().min(0) })).exactOptional(),
  outcome: object.exactOptional(),
  split: object.exactOptional(),
};
export const ruleSchema = z.strictObject({
  id: name.exactOptional(),
  conditions: condition,
  ...ruleFields,
}) satisfies z.ZodType<RuleInput>;
export const rulePatchSchema = z.strictObject({ conditions: condition.exactOptional(), ...ruleFields }) satisfies z.ZodType<
  Partial<Omit<Rule, "id">>
>;

export const overrideSchema = z
  .strictObject({
    scope: z.enum(["user", "tenant", "environment"]),
    id: z.string().min(1).max(256),
    value: json.exactOptional(),
    variantId: name.exactOptional(),
  })
  .refine(({ value, variantId }) => (value === undefined) !== (variantId === undefined), "needs a value or a variantId");

export const overrideTargetSchema = z.object({
  scope: z.enum(["user", "tenant", "environment"]),
  id: z.string().min(1).max(256),
});

const prerequisite = z.union([
  z.strictObject({ flagKey: name, value: json.exactOptional(), variant: name.exactOptional() }),
  condition,
]);

const flagFields = {
  status: z.enum(FLAG_STATUSES),
  offValue: json,
  name,
  description: text,
  tags: z.array(name).max(100),
  namespace: name,
  environment: name,
  environments: z.array(name).max(100),
  environmentDefaults: z.record(name, json),
  rollout: rolloutSchema,
  variants: z.array(z.strictObject({ key: name, name: name.exactOptional(), value: json, weight: z.number().min(0) })).max(1000),
  rules: z.array(ruleSchema).max(1000),
  overrides: z.array(overrideSchema).max(10_000),
  prerequisites: z.array(prerequisite).max(100),
  off: object,
  fallthrough: object,
  scheduledAt: time,
  expiresAt: time,
  clientVisible: z.boolean(),
  permanent: z.boolean(),
  owner: name,
};

type Optional<T> = { readonly [K in keyof T]: T[K] extends z.ZodType ? z.ZodExactOptional<T[K]> : never };
type Clearable<T> = { readonly [K in keyof T]: T[K] extends z.ZodType ? z.ZodExactOptional<z.ZodNullable<T[K]>> : never };
type Fields = Readonly<Record<string, z.ZodType>>;

/** Fields that may be left out. */
function optional<T extends Fields>(fields: T): Optional<T> {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, z.exactOptional(field)])) as Optional<T>;
}

/** Fields that may be left out, or be taken away by `null`. */
function clearable<T extends Fields>(fields: T): Clearable<T> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => [key, z.exactOptional(z.nullable(field))]),
  ) as Clearable<T>;
}

/** Who asked why, and on which version, beside the definition itself. */
const noteFields = { reason: text.exactOptional(), ifVersion: z.int().exactOptional() };
export interface Note {
  readonly reason?: string;
  readonly ifVersion?: number;
}
export const noteSchema = z.object(noteFields);
export const killSchema = z.object({ ...noteFields, force: z.boolean().exactOptional() });
export const lockSchema = z.object({ locked: z.boolean().default(true), reason: text.exactOptional() });
export const orderSchema = z.strictObject({ ruleIds: z.array(name), ...noteFields });

/** Splits a body into the definition and the note, and checks the definition. */
export function withNote<T>(schema: z.ZodType<T>): (body: unknown) => { readonly input: T; readonly note: Note } {
  return (body) => {
    const { reason, ifVersion, ...rest } = z
      .record(z.string(), z.unknown())
      .refine(isStorable, "holds text that is not well-formed")
      .parse(body);
    const note = noteSchema.parse({ ...(reason !== undefined && { reason }), ...(ifVersion !== undefined && { ifVersion }) });
    return { input: schema.parse(rest), note };
  };
}

export const flagSchema = z.strictObject({
  key: z.string(),
  type: z.enum(FLAG_TYPES),
  defaultValue: json,
  ...optional(flagFields),
}) satisfies z.ZodType<FlagInput>;

export const cloneSchema = z.strictObject({
  key: z.string(),
  defaultValue: json.exactOptional(),
  ...optional(flagFields),
}) satisfies z.ZodType<CloneInput>;
export const tagsSchema = z.strictObject({ tags: z.array(name.min(1)).min(1).max(100) });

/** What of a user is erased; `{}` is everything. */
export const erasureSchema = z.strictObject({
  impressions: z.boolean().exactOptional(),
  assignments: z.boolean().exactOptional(),
  history: z.boolean().exactOptional(),
});

/** Which flags are meant by an order to all; `{}` is every one. */
export const bulkSchema = z.strictObject({
  namespace: name.exactOptional(),
  tag: name.exactOptional(),
  force: z.boolean().exactOptional(),
  reason: text.exactOptional(),
});

export const flagPatchSchema = z.strictObject({
  defaultValue: json.exactOptional(),
  ...clearable(flagFields),
}) satisfies z.ZodType<FlagPatch>;

export const segmentSchema = z.strictObject({
  key: z.string(),
  name: name.exactOptional(),
  description: text.exactOptional(),
  rules: condition,
}) satisfies z.ZodType<SegmentInput>;

export const segmentPatchSchema = z.strictObject({
  name: name.nullable().exactOptional(),
  description: text.nullable().exactOptional(),
  rules: condition.exactOptional(),
}) satisfies z.ZodType<SegmentPatch>;

const allocations = z.array(z.strictObject({ flagKey: name, start: z.number(), end: z.number() })).max(1000);
export const layerSchema = z.strictObject({
  key: z.string(),
  name: name.exactOptional(),
  hashKey: name.exactOptional(),
  allocations,
}) satisfies z.ZodType<LayerInput>;

export const layerPatchSchema = z.strictObject({
  name: name.nullable().exactOptional(),
  hashKey: name.nullable().exactOptional(),
  allocations: allocations.exactOptional(),
}) satisfies z.ZodType<LayerPatch>;

const count = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,8})$/)
  .transform(Number);
/** `?limit=&offset=` */
export const pageQuerySchema = z.object({ limit: count.exactOptional(), offset: count.exactOptional() });
export const flagQuerySchema = pageQuerySchema.extend({
  status: z
    .string()
    .transform((list) => list.split(","))
    .pipe(z.array(z.enum(FLAG_STATUSES)))
    .exactOptional(),
  tag: name.exactOptional(),
  namespace: name.exactOptional(),
  environment: name.exactOptional(),
  search: name.exactOptional(),
});
export const historyQuerySchema = pageQuerySchema.extend({ flagKey: name.exactOptional(), releaseId: name.exactOptional() });
export const impressionQuerySchema = z.object({
  flagKey: name.exactOptional(),
  userId: name.exactOptional(),
  limit: count.exactOptional(),
});
export const staleQuerySchema = z.object({ unchangedForDays: count.exactOptional() });
