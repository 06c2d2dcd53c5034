import { ValidationError, type ValidationIssue } from "../errors";
import { isStorableText } from "../model/schema";
import type { TrackEntry } from "../protocol/wire";
import type { Settings } from "./config";
import { isAssignableUnit } from "./sticky";
import type { FlagManager, ServerInternals } from "./types";

/** What a push takes of a name. */
const MAX_NAME = 256;

/** Events that start on the server itself, by the way of those that are pushed. */
export function createTrack({
  settings,
  push,
  assertOpen,
}: {
  readonly settings: Pick<Settings, "clock">;
  readonly push: ServerInternals["push"];
  assertOpen(): void;
}): FlagManager["track"] {
  return async (event, { userId, value, metadata } = {}) => {
    assertOpen();
    const issues: ValidationIssue[] = [];
    const isName = typeof event === "string" && event !== "" && event.length <= MAX_NAME && isStorableText(event);
    if (!isName) issues.push({ path: "event", message: `must be a text of 1 to ${MAX_NAME} characters` });
    if (userId !== undefined && !isAssignableUnit(userId))
      issues.push({ path: "userId", message: "is no id that can be stored" });
    if (value !== undefined && !Number.isFinite(value)) issues.push({ path: "value", message: "must be a finite number" });
    if (issues.length > 0) throw new ValidationError(issues);
    const at = new Date(settings.clock.now()).toISOString();
    const entry: TrackEntry = { id: crypto.randomUUID(), type: "event", event, unit: userId ?? null, value, metadata, at };
    const [result] = await push([entry]);
    if (result?.status === "rejected") throw new ValidationError([{ path: "metadata", message: "holds what cannot be stored" }]);
  };
}
