import type { StoredAssignment } from "../ports/local-store";

/** Names what is assigned, by unit and flag. */
export function assignmentKey({ unit, flagKey }: Pick<StoredAssignment, "flagKey" | "unit">): string {
  return JSON.stringify([unit, flagKey]);
}
