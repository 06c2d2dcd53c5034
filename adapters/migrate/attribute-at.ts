import type { Dimension } from "../../src/model/condition";
import { NAMED_FIELDS } from "../../src/model/context";
import { isPrototypeName } from "../../src/model/limits";

/** Names that mean something else than an attribute when they stand alone. */
const TAKEN: ReadonlySet<string> = new Set([...NAMED_FIELDS, "segment", "$now"]);

/** The attribute at a path, by its mere name where that means the same. */
export function attributeAt(path: readonly string[]): Dimension {
  const [name = ""] = path;
  return path.length > 1 || TAKEN.has(name) || isPrototypeName(name) || name.includes(".") ? path : name;
}
