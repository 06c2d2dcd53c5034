import type { FlagResults, FlagValues } from "../../src/model/flag-registry";
import type { FlagResult } from "../../src/model/result";

/** Results known before there is a client: flag key to value, or to the result that a server evaluated (also after JSON). */
export type InitialFlags = Readonly<Record<string, unknown>>;

/** What the hooks read: the same facts, once as values and once as results. */
export interface FlagState {
  readonly values: Readonly<FlagValues>;
  readonly details: Readonly<FlagResults>;
}

export function toFlagState(flags: InitialFlags): FlagState {
  // Without a prototype, so that no key of `Object.prototype` looks like a flag.
  const values = Object.create(null) as Record<string, unknown>;
  const details = Object.create(null) as Record<string, FlagResult>;
  const evaluatedAt = new Date();
  for (const [key, given] of Object.entries(flags)) {
    const result = isResultOf(key, given)
      ? { ...given, evaluatedAt: new Date(given.evaluatedAt) }
      : toResult(key, given, given !== false && given !== null && given !== undefined, evaluatedAt);
    details[key] = result;
    values[key] = result.value;
  }
  return { values, details };
}

/** The result of a flag that is not there: off, with the caller's default. */
export function toMissingResult<T>(key: string, defaultValue: T): FlagResult<T> {
  return toResult(key, defaultValue, false, new Date());
}

function toResult<T>(key: string, value: T, enabled: boolean, evaluatedAt: Date): FlagResult<T> {
  return { key, value, variant: null, enabled, reason: "default", ruleId: null, evaluatedAt };
}

/** A json flag's value may be any object, so only one that names its own key and a reason counts as a result. */
function isResultOf(key: string, given: unknown): given is FlagResult {
  return (
    typeof given === "object" && given !== null && "reason" in given && "value" in given && (given as FlagResult).key === key
  );
}
