import type { Change } from "../model/definition";
import type { FlagContext } from "../model/context";
import type { JsonValue } from "../model/json";
import type { Evaluation } from "../model/result";
import type { Snapshot } from "../model/snapshot";
import type { Explainable } from "./inside";

/** Maps text to `[0, size)`. Registered under a name, which `Bucketing.algorithm` gives. */
export type Algorithm = (text: string, seed: number, size: number, encoding: "utf8" | "low-byte") => number;
export type Algorithms = Readonly<Record<string, Algorithm>>;

/** Sticky assignments, as whoever hosts the engine keeps them. Both calls are synchronous and must not throw. */
export interface AssignmentSource {
  get(flagKey: string, unit: string): string | undefined;
  /** Told of each assignment that an evaluation makes; the same one may be told again until `get` answers it. */
  assign?(flagKey: string, unit: string, variantKey: string): void;
}

/** Values forced for development, by flag key; read at each evaluation. They win over everything but a flag that is off, out of its dates or layers, or without its prerequisites. */
export type Overrides = Readonly<Record<string, JsonValue>>;

/** A definition that cannot be evaluated. It answers the caller's default; the others go on. */
export interface EngineWarning {
  readonly kind: Change["kind"];
  readonly key: string;
  /** Where in the definition, as `rules["r1"].conditions.all[1].value`, and what is wrong where more is known. */
  readonly message: string;
}

export interface EngineOptions {
  /** Milliseconds since 1970; asked only where a flag has dates. */
  readonly now: () => number;
  readonly environment?: string | undefined;
  /** Bucketing algorithms beside `native`. */
  readonly algorithms?: Algorithms | undefined;
  readonly overrides?: Overrides | undefined;
  readonly assignments?: AssignmentSource | undefined;
  /** Whether `{segment}` conditions evaluate the segment's rules, beside the context's own list. @defaultValue true */
  readonly autoResolveSegments?: boolean | undefined;
  /** Judges regular expressions beyond the engine's own bounds: answers why one is refused, or `undefined`. */
  readonly judgeRegex?: ((pattern: string) => string | undefined) | undefined;
}

export interface EvaluateOptions<T = unknown> {
  /** Adds the trace to the result. @defaultValue false */
  readonly trace?: boolean | undefined;
  /** Served where a flag is missing or has nothing else to serve. */
  readonly defaultValue?: T | undefined;
  /** Evaluates as of another time. */
  readonly now?: Date | number | undefined;
  /** In place of the engine's own, for this call. */
  readonly assignments?: AssignmentSource | undefined;
}

/** A ruleset ready for evaluation. Synchronous; it keeps no time, does no I/O and never throws on what a context holds. */
export interface Engine extends Explainable {
  /** @throws FlagNotFoundError for a missing flag, unless `defaultValue` is given. */
  evaluate<T = unknown>(key: string, context: FlagContext, options?: EvaluateOptions<T>): Evaluation<T>;
  /** Every flag, by key, in a record without a prototype. */
  evaluateAll(context: FlagContext, options?: EvaluateOptions): Record<string, Evaluation>;
  has(key: string): boolean;
  keys(): string[];
  /** Puts definitions in, in place of older ones, or takes them out. */
  apply(changes: Iterable<Change>): void;
  /** The sticky flags, with the unit each would be assigned to, that evaluating `key` (or everything) may ask about. */
  stickyUnits(context: FlagContext, key?: string): { readonly flagKey: string; readonly unit: string }[];
  /** The next moment at which a flag's dates begin or end, strictly after `after`. */
  nextBoundary(after: number): number | undefined;
  /** Every definition that cannot be evaluated. Compiles what was not compiled yet. */
  warnings(): EngineWarning[];
}

/** The definitions that an engine begins with. */
export type RulesetSource = Pick<Snapshot, "flags" | "segments" | "layers">;

export type CreateEngine = (source: RulesetSource, options: EngineOptions) => Engine;
