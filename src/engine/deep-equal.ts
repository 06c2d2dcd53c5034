import { own } from "./own";
import { typeOf } from "./type-of";

/** Whether two values are equal as JSON: by content, the order of keys aside. `NaN` equals nothing. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || !a || typeOf(a) !== typeOf(b)) return a === b;
  const entries = Object.entries(a);
  return entries.length === Object.keys(b as object).length && entries.every(([key, value]) => deepEqual(value, own(b, key)));
}
