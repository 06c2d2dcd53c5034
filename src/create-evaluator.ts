import { createEngine } from "./engine/create-engine";
import type { Algorithms, AssignmentSource, Engine, EngineWarning, EvaluateOptions, OverrideSource } from "./engine/types";
import type { FlagContext } from "./model/context";
import type { Flag } from "./model/flag";
import type { JsonValue } from "./model/json";
import type { Evaluation } from "./model/result";
import type { Snapshot } from "./model/snapshot";

export interface EvaluatorOptions {
  /** The time, as a function of milliseconds since 1970 or a fixed moment. @defaultValue the machine's clock */
  readonly now?: (() => number) | Date;
  /** Bucketing algorithms beside the native one, by name. */
  readonly algorithms?: Algorithms;
  /** Another name of `algorithms`. */
  readonly bucketings?: Algorithms;
  /** Values forced for development, by flag key. */
  readonly overrides?: OverrideSource | Readonly<Record<string, JsonValue>>;
  /** Sticky assignments: a source, or variant keys by flag key, for everybody or by unit. */
  readonly assignments?: AssignmentSource | Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  /** @defaultValue true */
  readonly autoResolveSegments?: boolean;
  /** Judges regular expressions beyond the engine's own bounds. */
  readonly judgeRegex?: (pattern: string) => string | undefined;
}

/** A ruleset that evaluates, synchronously and without I/O. */
export interface Evaluator extends Pick<Engine, "evaluate" | "evaluateAll" | "keys"> {
  /** The position of the change feed that the snapshot was taken at. */
  readonly checkpoint: string;
  /** Definitions that cannot be evaluated; each answers the caller's default. */
  readonly warnings: readonly EngineWarning[];
}

/** Makes an evaluator of a snapshot. What is in the snapshot must not be changed afterwards. */
export function createEvaluator(snapshot: Snapshot, options: EvaluatorOptions = {}): Evaluator {
  const { now } = options;
  const engine = createEngine(snapshot, {
    now: typeof now === "function" ? now : () => (now === undefined ? Date.now() : now.getTime()),
    environment: snapshot.environment,
    algorithms: options.algorithms ?? options.bucketings,
    overrides: options.overrides && toOverrideSource(options.overrides),
    assignments: options.assignments && toAssignmentSource(options.assignments),
    autoResolveSegments: options.autoResolveSegments,
    judgeRegex: options.judgeRegex,
  });
  return {
    evaluate: engine.evaluate,
    evaluateAll: engine.evaluateAll,
    keys: engine.keys,
    checkpoint: snapshot.checkpoint,
    get warnings() {
      return engine.warnings();
    },
  };
}

/** Evaluates one flag by itself, with the definitions that it refers to, if any. For more than a few, make an evaluator. */
export function evaluateFlag<T = unknown>(
  flag: Flag,
  context: FlagContext,
  options: EvaluateOptions<T> &
    Pick<EvaluatorOptions, "algorithms"> &
    Partial<Pick<Snapshot, "flags" | "segments" | "layers" | "environment">> = {},
): Evaluation<T> {
  const { flags = [], segments = [], layers = [], environment, algorithms, ...evaluateOptions } = options;
  const engine = createEngine({ flags: [...flags, flag], segments, layers }, { now: Date.now, environment, algorithms });
  return engine.evaluate(flag.key, context, evaluateOptions as EvaluateOptions<T>);
}

function toOverrideSource(overrides: NonNullable<EvaluatorOptions["overrides"]>): OverrideSource {
  if (typeof overrides.get === "function") return overrides as OverrideSource;
  const record = overrides as Readonly<Record<string, JsonValue>>;
  return { get: (key) => (Object.hasOwn(record, key) ? { value: record[key] as JsonValue } : undefined) };
}

function toAssignmentSource(assignments: NonNullable<EvaluatorOptions["assignments"]>): AssignmentSource {
  if (typeof assignments.get === "function") return assignments as AssignmentSource;
  const record = assignments as Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  return {
    get(flagKey, unit) {
      const entry = Object.hasOwn(record, flagKey) ? record[flagKey] : undefined;
      if (typeof entry !== "object") return entry;
      return Object.hasOwn(entry, unit) ? entry[unit] : undefined;
    },
  };
}
