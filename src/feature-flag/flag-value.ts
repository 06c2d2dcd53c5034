import { ValidationError } from "../errors";

/** Whether a value means on: `true`, the text `"true"`, a number above 0, an object. Nothing else does. */
export function isTruthy(value: unknown): boolean {
  if (typeof value === "number") return value > 0;
  if (typeof value === "string") return value === "true";
  return value === true || (typeof value === "object" && value !== null);
}

/** A flag's value as JSON. @throws ValidationError for a flag without a name, and for a value that JSON would lose */
export function toJson(flag: unknown, value: unknown): string {
  if (typeof flag !== "string" || flag === "") throw invalid("flag", "must be text, and not empty");
  const json = stringify(value);
  if (json === undefined || json === "null")
    throw invalid("value", "must be true or false, a finite number, text or an object of JSON");
  return json;
}

/** Answers nothing for what has no place in JSON: big integers, circles, functions. */
function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

function invalid(path: string, message: string): ValidationError {
  return new ValidationError([{ path, message }]);
}
