import { condition, key } from "./parse-condition";
import { isNewKey, MAX_NEW_KEY_LENGTH } from "./limits";
import { fail, object, optional, readWith, type Schema, text } from "./schema";
import type { Segment } from "./segment";

/** A segment without what the server keeps about it. */
export type SegmentDefinition = Omit<Segment, "version" | "createdAt" | "updatedAt">;

/** A key that a new definition may have. */
export const newKey: Schema<string> = (value, at) =>
  isNewKey(value)
    ? value
    : fail(
        at,
        value === undefined
          ? "is required"
          : `must start with a letter or digit, hold only letters, digits, ".", "_" and "-", have at most ${MAX_NEW_KEY_LENGTH} characters, and be no name of Object.prototype`,
      );

/** Reads a segment. A new one has a stricter key. @throws ValidationError */
export function parseSegment(input: unknown, { isNew }: { readonly isNew: boolean }): SegmentDefinition {
  return readWith(
    object<SegmentDefinition>({
      key: isNew ? newKey : key,
      name: optional(text()),
      description: optional(text()),
      rules: condition,
    }),
    input,
  );
}
