import { z } from "zod";

/** `?limit=` of a pull. */
export const pullLimitSchema = z
  .string()
  .regex(/^[1-9][0-9]{0,5}$/)
  .transform(Number);

const checkpoint = z.string().max(256).exactOptional();
/** What a pull and a stream may ask for; a checkpoint's own form is looked at where it is read. */
export const pullQuerySchema = z.object({ since: checkpoint, limit: pullLimitSchema.exactOptional() });
export const streamQuerySchema = z.object({ since: checkpoint });
export const traceQuerySchema = z.object({ trace: z.enum(["true", "false"]).exactOptional() });
