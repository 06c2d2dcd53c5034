import { createEvaluator } from "../../src/create-evaluator";
import type { Flag } from "../../src/model/flag";
import { isUsableKey } from "../../src/model/limits";
import type { Segment } from "../../src/model/segment";
import type { Snapshot } from "../../src/model/snapshot";
import { algorithms } from "./algorithms";
import { flagsOfBroken } from "./segment-warnings";

/** Something that could not be carried over as it was. */
export interface ImportWarning {
  /** The flag that answers otherwise than at the source. */
  readonly flagKey: string;
  /** What is different, and what the flag does instead. */
  readonly message: string;
  /** Where in the source document, as `features[3].strategies[0]`. */
  readonly path?: string;
}

/** What an importer makes of a document. */
export interface Imported {
  /** In rollease's own vocabulary. It is plain JSON. */
  readonly snapshot: Snapshot;
  readonly warnings: readonly ImportWarning[];
}

/** A flag as an importer writes it: the rest is the same for all. */
export type ImportedFlag = Omit<Flag, "status" | "version" | "createdAt" | "updatedAt"> & Partial<Pick<Flag, "status">>;
export type ImportedSegment = Pick<Segment, "key" | "name" | "rules">;

/** The source says nothing of when, or nothing that history could be made of. */
const STAMPS = { version: 1, createdAt: "1970-01-01T00:00:00.000Z", updatedAt: "1970-01-01T00:00:00.000Z" } as const;

/**
 * Puts a snapshot together. Flags whose keys nothing could hold are left out, and those that the engine will not evaluate, a
 * limit being broken or a circle closed, answer the caller's default: each with a warning.
 */
export function finishImport(
  source: string,
  flags: readonly ImportedFlag[],
  segments: readonly ImportedSegment[],
  warnings: readonly ImportWarning[],
): Imported {
  const isUsable = ({ key }: { readonly key: string }): boolean => isUsableKey(key);
  const left = flags.filter((flag) => !isUsable(flag));
  const snapshot: Snapshot = {
    version: 1,
    checkpoint: `import.${source}`,
    flags: flags.filter(isUsable).map((flag) => ({ status: "active", ...flag, ...STAMPS })),
    segments: segments.map((segment) => ({ ...segment, ...STAMPS })),
    layers: [],
  };
  const isOfFlag = ({ kind }: { readonly kind: string }): boolean => kind === "flag";
  const found = createEvaluator(snapshot, { algorithms }).warnings;
  return {
    snapshot,
    warnings: [
      ...warnings,
      ...left.map(({ key }) => ({ flagKey: key, message: "no flag of rollease may have this key; it is left out" })),
      ...found.filter(isOfFlag).map(({ key, message }) => ({
        flagKey: key,
        message: `answers the caller's default, for it cannot be evaluated: ${message}`,
      })),
      ...flagsOfBroken(snapshot, found).map(({ flagKey, segment, message }) => ({
        flagKey,
        message: `answers the caller's default where it asks for the segment "${segment}", which cannot be evaluated: ${message}`,
      })),
    ],
  };
}
