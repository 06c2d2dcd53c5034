import type { ExplainOptions } from "../engine/explain";
import type { EngineWarning } from "../engine/types";
import type { FlagContext } from "../model/context";
import type { Explanation } from "../model/explanation";
import type { FlagKey, FlagResults, FlagValueOf, WhenRegistered } from "../model/flag-registry";
import type { FlagResult, VariantResult } from "../model/result";

export interface EvaluateCallOptions<T = unknown> {
  /** @defaultValue false */
  readonly trace?: boolean;
  /** Answered for a missing flag, which otherwise throws `FlagNotFoundError`. */
  readonly defaultValue?: T;
  /** Evaluates as of another time. */
  readonly now?: Date;
}

export interface EvaluateAllOptions extends Omit<EvaluateCallOptions, "defaultValue"> {
  /** Only flags of this namespace. */
  readonly namespace?: string;
  /** Only flags that have all of these tags. */
  readonly tags?: readonly string[];
}

/** Everything that there is to say of an evaluation of all flags. */
export interface DetailedEvaluation {
  /** By flag key, in a record without a prototype, each with its trace. */
  readonly results: FlagResults;
  /** Flags that `onBeforeEvaluation` refused. */
  readonly denied: readonly string[];
  /** Definitions that cannot be evaluated. */
  readonly warnings: readonly EngineWarning[];
  /** The ruleset that all of it is of; `null` where there is none. */
  readonly checkpoint: string | null;
}

/** Evaluation on a server. It takes the keys of the `FlagRegistry`. */
export interface FlagEvaluation {
  isEnabled(key: FlagKey, context: FlagContext): Promise<boolean>;
  /** @throws FlagNotFoundError unless a default is given. */
  readonly getValue: WhenRegistered<
    <K extends FlagKey>(key: K, context: FlagContext, defaultValue?: FlagValueOf<K>) => Promise<FlagValueOf<K>>,
    <T = unknown>(key: string, context: FlagContext, defaultValue?: T) => Promise<T>
  >;
  /** @throws FlagNotFoundError for a missing flag. */
  readonly getVariant: WhenRegistered<
    <K extends FlagKey>(key: K, context: FlagContext) => Promise<VariantResult<FlagValueOf<K>>>,
    <T = unknown>(key: string, context: FlagContext) => Promise<VariantResult<T>>
  >;
  /** @throws FlagNotFoundError for a missing flag, unless `defaultValue` is given. */
  readonly evaluate: WhenRegistered<
    <K extends FlagKey>(
      key: K,
      context: FlagContext,
      options?: EvaluateCallOptions<FlagValueOf<K>>,
    ) => Promise<FlagResult<FlagValueOf<K>>>,
    <T = unknown>(key: string, context: FlagContext, options?: EvaluateCallOptions<T>) => Promise<FlagResult<T>>
  >;
  /** All of one ruleset, by key, however many pages of `evaluateAllPageSize` it takes. */
  evaluateAll(context: FlagContext, options?: EvaluateAllOptions): Promise<FlagResults>;
  evaluateAllDetailed(context: FlagContext, options?: EvaluateAllOptions): Promise<DetailedEvaluation>;
  /**
   * Why a context gets what it gets, and what would have to change; with `at` and `change`, what would be. Assigns and
   * records nothing.
   *
   * @throws FlagNotFoundError unless a default is given
   */
  explain<T = unknown>(key: FlagKey, context: FlagContext, options?: ExplainOptions<T>): Promise<Explanation<T>>;
}
