import { SyncError } from "../errors";
import { DEFINITION_KINDS, type Change } from "../model/definition";
import { parseCheckpoint } from "../protocol/checkpoint";
import type { AssignmentsResponse, ChangeEvent, PullResponse, PushResponse } from "../protocol/wire";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const isText = (value: unknown): value is string => typeof value === "string";

/** Whether this is a change by its envelope. What a document means is for the engine to judge. */
export function isChange(value: unknown): value is Change {
  return (
    isFields(value) &&
    DEFINITION_KINDS.includes(value.kind as never) &&
    isText(value.key) &&
    typeof value.seq === "number" &&
    (value.deleted === true || (isFields(value.doc) && value.doc.key === value.key))
  );
}

const isPart = (value: unknown): value is Fields =>
  isFields(value) &&
  isText(value.checkpoint) &&
  // Another one could be asked with, and stored, and the server would refuse it ever after.
  !!parseCheckpoint(value.checkpoint) &&
  isText(value.hash) &&
  Array.isArray(value.changes) &&
  value.changes.every(isChange);

export const isPullResponse = (value: unknown): value is PullResponse =>
  isPart(value) && typeof value.more === "boolean" && isText(value.environment ?? "");
export const isChangeEvent = (value: unknown): value is ChangeEvent => isPart(value) && typeof value.now === "number";
/** An answer for no entry at all is none. */
export const isPushResponse = (value: unknown): value is PushResponse =>
  isFields(value) &&
  Array.isArray(value.results) &&
  value.results.length > 0 &&
  value.results.every((result) => isFields(result) && isText(result.id));
export const isAssignmentsResponse = (value: unknown): value is AssignmentsResponse =>
  isFields(value) && isFields(value.assignments) && Object.values(value.assignments).every(isText);

/** Reads the JSON that `accepts` knows. Throws `SyncError` for everything else. */
export function parseAnswer<T>(text: string, accepts: (value: unknown) => value is T): T {
  try {
    const body: unknown = JSON.parse(text);
    if (accepts(body)) return body;
  } catch {
    // What is no JSON is no answer either.
  }
  throw new SyncError("The server answered nonsense.");
}
