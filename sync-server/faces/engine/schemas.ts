import { z } from "zod";
import type { Condition } from "../../../src/model/condition";
import type { JsonValue } from "../../../src/model/json";
import { isStorable } from "../../read-body";
import { ENGINE_OPERATORS } from "./condition";
import type { EngineChange, EngineFlag, EngineRule } from "./definition";

const NOT_WELL_FORMED = "holds text that is not well-formed";
const name = z.string().min(1).max(256);
const value = z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]) satisfies z.ZodType<JsonValue>;

const ruleFields = {
  id: name.exactOptional(),
  variant: name,
  priority: z.int().min(-2_147_483_648).max(2_147_483_647).exactOptional(),
};
const comparison = z
  .strictObject({
    ...ruleFields,
    attribute: name,
    operator: z.string().refine((operator) => ENGINE_OPERATORS.includes(operator), "is no operator"),
    values: z.array(value).max(1000),
  })
  .refine(({ operator, values }) => values.length > 0 || operator === "exists", { path: ["values"], error: "must not be empty" });
/** What an answer shows of a rule that is more than a comparison may be sent back. */
const written = z.strictObject({
  ...ruleFields,
  conditions: z.custom<Condition>((given) => typeof given === "boolean" || (typeof given === "object" && given !== null)),
});
const rule = z.union([comparison, written]) satisfies z.ZodType<EngineRule>;

const fields = {
  name: z.string().max(256),
  description: z.string().max(10_000),
  enabled: z.boolean(),
  rolloutPercentage: z.number().min(0).max(100),
  rules: z.array(rule).max(1000),
  defaultVariant: name,
};

export const createSchema = z
  .strictObject({
    key: z.string(),
    name: fields.name.exactOptional(),
    description: fields.description.exactOptional(),
    enabled: fields.enabled.default(true),
    rolloutPercentage: fields.rolloutPercentage.default(0),
    rules: fields.rules.default([]),
    defaultVariant: fields.defaultVariant.default("off"),
  })
  .refine(isStorable, NOT_WELL_FORMED) satisfies z.ZodType<EngineFlag>;

/** What an answer holds besides may be sent back, and changes nothing. */
const ignored = z.unknown().exactOptional();
export const changeSchema = z
  .strictObject({
    name: fields.name.exactOptional(),
    description: fields.description.exactOptional(),
    enabled: fields.enabled.exactOptional(),
    rolloutPercentage: fields.rolloutPercentage.exactOptional(),
    rules: fields.rules.exactOptional(),
    defaultVariant: fields.defaultVariant.exactOptional(),
    key: ignored,
    archived: ignored,
    version: ignored,
    createdAt: ignored,
    updatedAt: ignored,
  })
  .refine(isStorable, NOT_WELL_FORMED) satisfies z.ZodType<EngineChange>;

/** `{userId, plan, ...}`: whatever rules ask for, flat. */
export const contextSchema = z.record(z.string(), z.unknown()).refine(isStorable, NOT_WELL_FORMED);
export const evaluationSchema = z.object({ flagKey: z.string(), context: contextSchema.default({}) });
export const batchSchema = z.object({ flagKeys: z.array(z.string()).max(1000), context: contextSchema.default({}) });
