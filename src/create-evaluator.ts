import { assembleEvaluator } from "./engine/evaluator";
import type { Algorithms, AssignmentSource, Engine, EngineWarning, EvaluateOptions, Overrides } from "./engine/types";
import type { Explainable } from "./engine/inside";
import type { FlagContext } from "./model/context";
import type { Flag } from "./model/flag";
import type { FlagKey, FlagRegistry, FlagValueOf, WhenRegistered } from "./model/flag-registry";
import type { Evaluation } from "./model/result";
import type { Snapshot } from "./model/snapshot";

export interface EvaluatorOptions {
  /** The time, as a function of milliseconds since 1970 or a fixed moment. @defaultValue the machine's clock */
  readonly now?: (() => number) | Date;
  /** Bucketing algorithms beside the native one, by name. */
  readonly algorithms?: Algorithms;
  /** Another name of `algorithms`. */
  readonly bucketings?: Algorithms;
  /** Values forced for development, by flag key; read at each evaluation. */
  readonly overrides?: Overrides;
  /** Sticky assignments: a source, or one user's variant keys by flag key. */
  readonly assignments?: AssignmentSource | Readonly<Record<string, string>>;
  /** @defaultValue true */
  readonly autoResolveSegments?: boolean;
  /** Judges regular expressions beyond the engine's own bounds. */
  readonly judgeRegex?: (pattern: string) => string | undefined;
}

/** A ruleset that evaluates, synchronously and without I/O. */
export interface Evaluator extends Explainable, Pick<Engine, "keys"> {
  /** @throws FlagNotFoundError for a missing flag, unless `defaultValue` is given. */
  readonly evaluate: WhenRegistered<
    <K extends FlagKey>(key: K, context: FlagContext, options?: EvaluateOptions<FlagValueOf<K>>) => Evaluation<FlagValueOf<K>>,
    <T = unknown>(key: string, context: FlagContext, options?: EvaluateOptions<T>) => Evaluation<T>
  >;
  /** Every flag of the snapshot, by key, in a record without a prototype. */
  evaluateAll(
    context: FlagContext,
    options?: EvaluateOptions,
  ): WhenRegistered<{ [K in keyof FlagRegistry]?: Evaluation<FlagRegistry[K]> }, Record<string, Evaluation>>;
  /** The position of the change feed that the snapshot was taken at. */
  readonly checkpoint: string;
  /** Definitions that cannot be evaluated; each answers the caller's default. */
  readonly warnings: readonly EngineWarning[];
}

/** Makes an evaluator of a snapshot. What is in the snapshot must not be changed afterwards. */
export function createEvaluator(snapshot: Snapshot, options: EvaluatorOptions = {}): Evaluator {
  const { now = Date.now, assignments } = options;
  const { evaluator } = assembleEvaluator(snapshot, {
    ...options,
    now: typeof now === "function" ? now : () => now.getTime(),
    environment: snapshot.environment,
    algorithms: options.algorithms ?? options.bucketings,
    assignments:
      typeof assignments?.get === "function" ? (assignments as AssignmentSource) : new Map(Object.entries(assignments ?? {})),
  });
  return {
    ...evaluator,
    checkpoint: snapshot.checkpoint,
    get warnings() {
      return evaluator.warnings();
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
  const { evaluator } = assembleEvaluator(
    { flags: [...flags, flag], segments, layers },
    { now: Date.now, environment, algorithms },
  );
  return evaluator.evaluate(flag.key, context, evaluateOptions);
}
