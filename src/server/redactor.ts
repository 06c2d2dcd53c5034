import type { FlagContext } from "../model/context";
import type { JsonValue } from "../model/json";

const REDACTED = "[REDACTED]";

/** Takes out of contexts and of stored JSON what is private, wherever it leaves the evaluator. */
export interface Redactor {
  /** A copy with private fields and attributes, at any depth, replaced by `[REDACTED]`. */
  context(context: FlagContext): FlagContext;
  /** The same for JSON, and for what a condition compares a private attribute with. */
  json(value: JsonValue): JsonValue;
}

export function createRedactor(privateAttributes: readonly string[]): Redactor {
  const names = new Set(privateAttributes);
  if (names.size === 0) return { context: (context) => context, json: (value) => value };

  function redact(value: unknown, seen: readonly unknown[]): unknown {
    if (typeof value !== "object" || value === null) return value;
    // What holds itself cannot be shown anyway.
    if (seen.includes(value)) return undefined;
    const path = [...seen, value];
    if (Array.isArray(value)) return value.map((each) => redact(each, path));
    if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value;
    const comparesPrivate = isPrivate((value as { dimension?: unknown }).dimension);
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => {
        const hidden = names.has(name) || (comparesPrivate && (name === "value" || name === "values"));
        return [name, hidden && each !== undefined ? REDACTED : redact(each, path)];
      }),
    );
  }

  /** A dimension that is, leads into, or may fall back to a private attribute. */
  function isPrivate(dimension: unknown): boolean {
    if (typeof dimension === "string") return names.has(dimension) || dimension.split(".").some((part) => names.has(part));
    if (Array.isArray(dimension)) return dimension.some((part) => typeof part === "string" && names.has(part));
    const first = (dimension as { first?: unknown } | null | undefined)?.first;
    return Array.isArray(first) && first.some(isPrivate);
  }

  return {
    context: (context) => redact(context, []) as FlagContext,
    json: (value) => redact(value, []) as JsonValue,
  };
}
