import { key } from "./parse-condition";
import { newKey } from "./parse-segment";
import { element, fail, field, list, number, object, optional, readWith, type Place, type Schema, text } from "./schema";
import type { Layer } from "./segment";

/** A layer without what the server keeps about it. */
export type LayerDefinition = Omit<Layer, "version" | "createdAt" | "updatedAt">;
type Allocation = Layer["allocations"][number];

const percent = number({ min: 0, max: 100 });

const allocations: Schema<readonly Allocation[]> = (value, at) => {
  const read = list(object<Allocation>({ flagKey: key, start: percent, end: percent }))(value, at);
  if (at.issues.length === 0) checkAllocations(read, at);
  return read;
};

function checkAllocations(read: readonly Allocation[], at: Place): void {
  read.forEach(({ start, end, flagKey }, i) => {
    if (start >= end) fail(field(element(at, i), "end"), "must be greater than start");
    const other = read.find((one, j) => j < i && start < one.end && one.start < end);
    if (other) fail(element(at, i), `overlaps ${other.start} to ${other.end} of "${other.flagKey}"`);
    if (read.findIndex((one) => one.flagKey === flagKey) !== i) fail(field(element(at, i), "flagKey"), "has a share already");
  });
}

/** Reads an exclusion layer. A new one has a stricter key. @throws ValidationError */
export function parseLayer(input: unknown, { isNew }: { readonly isNew: boolean }): LayerDefinition {
  return readWith(
    object<LayerDefinition>({
      key: isNew ? newKey : key,
      name: optional(text()),
      hashKey: optional(text({ min: 1, max: 256 })),
      allocations,
    }),
    input,
  );
}
