import { ValidationError } from "../errors";
import type { FlagValue } from "./types";

/** Whether a value means on: `true`, the text `"true"`, a number above 0, an object. Nothing else does. */
export function isTruthy(value: unknown): boolean {
  if (typeof value === "number") return value > 0;
  if (typeof value === "string") return value === "true";
  return value === true || (typeof value === "object" && value !== null);
}

/** What may be written. @throws ValidationError for a flag without a name, and for a value that JSON would lose */
export function checkEntry(flag: unknown, value: unknown): asserts value is FlagValue {
  if (typeof flag !== "string" || flag === "") throw invalid("flag", "must be text, and not empty");
  const kept =
    typeof value === "boolean" ||
    typeof value === "string" ||
    (typeof value === "number" && Number.isFinite(value)) ||
    (typeof value === "object" && value !== null);
  if (!kept) throw invalid("value", "must be true or false, a finite number, text or an object");
}

/** A value as a KV namespace keeps it. @throws ValidationError for an object that is no JSON */
export function toJson(value: FlagValue): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw invalid("value", "must be an object of JSON", error);
  }
}

function invalid(path: string, message: string, cause?: unknown): ValidationError {
  return new ValidationError([{ path, message }], cause === undefined ? {} : { cause });
}
