import { z } from "zod";
import { isStorable } from "../read-body";

/** The context of the OpenFeature Remote Evaluation Protocol: flat, with the unit as `targetingKey`. */
export const ofrepContextSchema = z
  .looseObject({ targetingKey: z.string().nullish() })
  .refine(isStorable, "holds text that is not well-formed");
export const ofrepRequestSchema = z.object({ context: ofrepContextSchema.optional() });
