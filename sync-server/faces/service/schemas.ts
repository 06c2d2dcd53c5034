import { z } from "zod";
import type { JsonValue } from "../../../src/model/json";
import { isStorable } from "../../read-body";
import { SERVICE_OPERATORS, type ServiceRule } from "./rules";

const ENVIRONMENTS: readonly string[] = ["dev", "staging", "prod"];
const NOT_WELL_FORMED = "holds text that is not well-formed";

/** The body of an evaluation. `own` is the environment that the server itself is of. */
export function evaluationSchema(own: string | undefined): z.ZodType<{
  readonly environment: string;
  readonly user: { readonly id: string } & Readonly<Record<string, unknown>>;
}> {
  const known = own === undefined ? ENVIRONMENTS : [...new Set([...ENVIRONMENTS, own])];
  return z
    .object({
      environment: z.string().refine((name) => known.includes(name), `must be one of ${known.join(", ")}`),
      user: z.looseObject({
        id: z.string().min(1).max(1024),
        email: z.string().max(1024).nullish(),
        country: z.string().max(1024).nullish(),
        attributes: z.record(z.string(), z.unknown()).nullish(),
      }),
    })
    .refine(isStorable, NOT_WELL_FORMED);
}

const scalar = z.union([z.string().max(10_000), z.number(), z.boolean()]);

const rule = z
  .strictObject({
    field: z.string().regex(/^[^.\s][^\s]*[^.\s]$|^[^.\s]$/, "is no field"),
    operator: z.enum(SERVICE_OPERATORS),
    value: z.union([scalar, z.array(scalar).max(1000)]),
  })
  .superRefine(({ operator, value }, context) => {
    const wantsList = operator === "in" || operator === "not_in";
    if (Array.isArray(value) !== wantsList)
      context.addIssue({ code: "custom", path: ["value"], message: wantsList ? "must be a list" : "must not be a list" });
  }) satisfies z.ZodType<ServiceRule & { readonly value: JsonValue }>;

/** The body of a change. What an answer holds besides may be sent back, and changes nothing. */
export const changeSchema = z
  .strictObject({
    enabled: z.boolean().exactOptional(),
    rolloutPercentage: z.number().min(0).max(100).exactOptional(),
    rules: z.array(rule).max(100).exactOptional(),
    match: z.enum(["all", "any"]).exactOptional(),
    id: z.unknown(),
    key: z.unknown(),
    environment: z.unknown(),
    version: z.unknown(),
    createdAt: z.unknown(),
    updatedAt: z.unknown(),
  })
  .partial({ id: true, key: true, environment: true, version: true, createdAt: true, updatedAt: true })
  .refine(isStorable, NOT_WELL_FORMED);
export type ServiceChange = Pick<z.infer<typeof changeSchema>, "enabled" | "rolloutPercentage" | "rules" | "match">;
