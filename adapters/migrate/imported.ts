import { createEvaluator } from "../../src/create-evaluator";
import type { Condition } from "../../src/model/condition";
import type { Flag } from "../../src/model/flag";
import { isUsableKey } from "../../src/model/limits";
import { referencesOf } from "../../src/model/references";
import type { Segment } from "../../src/model/segment";
import type { Snapshot } from "../../src/model/snapshot";
import { algorithms } from "./algorithms";
import { hoist } from "./hoist";

/** Something that could not be carried over as it was. */
export interface ImportWarning {
  /** The flag that answers otherwise than at the source. */
  readonly flagKey: string;
  /** What is different, and what the flag does instead. */
  readonly message: string;
  /** Where in the flag, as the source has it: `strategies[0]`. */
  readonly path?: string;
}

/** Told of what is different. */
export type Warn = (message: string, path?: string) => void;

/** Keeps what is told of a flag. */
export function warnOf(flagKey: string, warnings: ImportWarning[]): Warn {
  return (message, path) => void warnings.push({ flagKey, message, ...(path !== undefined && { path }) });
}

/** Tells of one part of the flag. */
export function warnAt(path: string, warn: Warn): Warn {
  return (message) => {
    warn(message, path);
  };
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
 * Puts a snapshot together. Conditions that are larger than one may be are divided into segments. Flags whose keys nothing could hold are left out, and those that the engine will not evaluate, a
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
  const hoisted: ImportedSegment[] = [];
  const withinLimits = (owner: string, rules: Condition): Condition =>
    hoist(rules, (part) => {
      const key = `${source}.part-${hoisted.length + 1}`;
      hoisted.push({ key, name: `A part of ${owner}`, rules: part });
      return key;
    });
  const kept = flags.filter(isUsable).map(({ rules, ...flag }) => ({
    ...flag,
    rules: rules.map((rule) => ({ ...rule, conditions: withinLimits(flag.key, rule.conditions) })),
  }));
  const whole = segments.map((segment) => ({ ...segment, rules: withinLimits(segment.name ?? segment.key, segment.rules) }));
  const snapshot: Snapshot = {
    version: 1,
    checkpoint: `import.${source}`,
    flags: kept.map((flag) => ({ status: "active", ...flag, ...STAMPS })),
    segments: [...whole, ...hoisted].map((segment) => ({ ...segment, ...STAMPS })),
    layers: [],
  };
  return {
    snapshot,
    warnings: [
      ...warnings,
      ...left.map(({ key }) => ({ flagKey: key, message: "no flag of rollease may have this key; it is left out" })),
      ...faultsOf(snapshot),
    ],
  };
}

/** What the engine will not evaluate, and what asks for it. */
function faultsOf(snapshot: Snapshot): ImportWarning[] {
  return createEvaluator(snapshot, { algorithms }).warnings.flatMap(({ kind, key, message }) => {
    const asking = snapshot.flags.filter((flag) => referencesOf(flag).some((each) => each.kind === kind && each.key === key));
    const fault = `answers the caller's default, for it cannot be evaluated: ${message}`;
    return [
      ...(kind === "flag" ? [{ flagKey: key, message: fault }] : []),
      ...asking.map((flag) => ({
        flagKey: flag.key,
        message: `asks for the ${kind} ${key}, which cannot be evaluated: ${message}`,
      })),
    ];
  });
}
