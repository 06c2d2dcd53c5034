import { z } from "zod";
import { isUsableKey } from "../../src/model/limits";
import { EVAL_REASONS } from "../../src/model/result";
import type { JsonValue } from "../../src/model/json";
import { MAX_PUSH_ENTRIES } from "../../src/protocol/wire";
import { isStorable } from "../read-body";

const key = z.string().refine(isUsableKey, "is no key");
/** Short enough for a database's index together with a key. */
const unit = z.string().min(1).max(256);
const at = z.iso.datetime({ offset: true }).refine((time) => Date.parse(time) >= 0, "lies before 1970");
const id = z.uuid();
const json = z.custom<JsonValue>((value) => value !== undefined);

const assignment = z.object({
  id,
  at,
  type: z.literal("assignment"),
  flagKey: key,
  unit,
  variantKey: z.string().min(1).max(256),
});

const impression = z.object({
  id,
  at,
  type: z.literal("impression"),
  flagKey: key,
  unit,
  variant: z.string().max(256).nullable(),
  value: json,
  reason: z.enum(EVAL_REASONS),
});

const eventFields = {
  event: z.string().min(1).max(256),
  value: z.number().exactOptional(),
  metadata: z.record(z.string(), json).exactOptional(),
};
const event = z.object({ id, at, type: z.literal("event"), unit: unit.nullable(), ...eventFields });

/** One entry of a push. */
export const pushEntrySchema = z
  .discriminatedUnion("type", [assignment, impression, event])
  .refine(isStorable, "holds text that is not well-formed");

/** The body of a push. Its entries are judged one by one, so that one bad one spoils no other. */
export const pushRequestSchema = z.object({ batch: z.array(z.unknown()) });

/** A push as it is meant, for whoever reads about it. */
export const pushSchema = z.object({ batch: z.array(pushEntrySchema).max(MAX_PUSH_ENTRIES) });

/** The body of `POST /events`: one event, or several. */
const sentEvent = z.object({ userId: unit.optional(), ...eventFields }).refine(isStorable, "holds text that is not well-formed");
export const eventsSchema = z.union([
  z.object({ events: z.array(sentEvent).max(500) }).transform(({ events }) => events),
  sentEvent.transform((one) => [one]),
]);
