import { ValidationError } from "../errors";
import { isRecord } from "../model/schema";

/** `fields` with those of `patch` in their place; `null` takes a field away, but for those that are `keptNull`. */
export function applyPatch(fields: object, patch: unknown, keptNull: readonly string[] = []): Record<string, unknown> {
  if (!isRecord(patch)) throw new ValidationError([{ path: "", message: "must be an object" }]);
  const patched = new Map<string, unknown>(Object.entries(fields));
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null && !keptNull.includes(name)) patched.delete(name);
    else patched.set(name, value);
  }
  return Object.fromEntries(patched);
}

/** Refuses to change what must stay as it is. @throws ValidationError */
export function assertUnchanged(patch: unknown, names: readonly string[]): void {
  const issues = names
    .filter((name) => isRecord(patch) && patch[name] !== undefined)
    .map((path) => ({ path, message: "cannot be changed" }));
  if (issues.length > 0) throw new ValidationError(issues);
}
