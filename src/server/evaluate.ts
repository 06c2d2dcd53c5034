import { createEngine } from "../engine/create-engine";
import { changeContext, explain, type ExplainOptions } from "../engine/explain";
import { INSIDE } from "../engine/inside";
import type { AssignmentSource, Engine } from "../engine/types";
import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Change } from "../model/definition";
import type { Explanation } from "../model/explanation";
import type { Evaluation, FlagResult } from "../model/result";
import { METRICS } from "../ports/metrics";
import type { Settings } from "./config";
import { livesIn } from "./environment";
import type { Impressions } from "./impressions";
import type { HeldFeed } from "./server-feed";
import type { Sticky } from "./sticky";
import type { EvaluateCallOptions, FlagManager } from "./types";

export interface EvaluatorOptions {
  readonly settings: Settings;
  readonly feed: HeldFeed;
  readonly sticky: Sticky;
  readonly impressions: Impressions;
  /** Resolves when there is a ruleset. */
  ready(): Promise<void>;
  assertOpen(): void;
}

export interface ServerEvaluator extends Pick<
  FlagManager,
  "isEnabled" | "getValue" | "getVariant" | "evaluate" | "evaluateAll" | "explain"
> {
  /** How often something was evaluated. */
  count(): number;
}

/** Evaluation on the server's own replica, which `feed` keeps current. */
export function createServerEvaluator(options: EvaluatorOptions): ServerEvaluator {
  const { settings, feed, sticky, impressions, ready, assertOpen } = options;
  const { hooks, clock, log, metrics } = settings;
  let engine = emptyEngine();
  let count = 0;

  function emptyEngine(): Engine {
    const { environment, autoResolveSegments } = settings;
    return createEngine({ flags: [], segments: [], layers: [] }, { now: () => clock.now(), environment, autoResolveSegments });
  }

  feed.subscribe(({ reset, commit }) => {
    if (reset) engine = emptyEngine();
    engine.apply(commit.changes.map((change) => confine(change, settings.environment)));
  });

  /** Answers whether there is a ruleset to evaluate on. */
  async function hasRuleset(): Promise<boolean> {
    assertOpen();
    if (feed.position()) return true;
    try {
      await ready();
      return true;
    } catch (error) {
      if (!settings.fallbackOnError) throw error;
      return false;
    }
  }

  function finish<T>(evaluation: Evaluation<T>, context: FlagContext): FlagResult<T> {
    count++;
    metrics?.count(METRICS.evaluations.name, { reason: evaluation.reason });
    const result: FlagResult<T> = { ...evaluation, evaluatedAt: new Date(clock.now()) };
    if (hooks.onEvaluate) void tell(result, context);
    return result;
  }

  async function tell(result: FlagResult, context: FlagContext): Promise<void> {
    try {
      await hooks.onEvaluate?.(result, context);
    } catch (error) {
      log("error", "The hook onEvaluate failed.", { key: result.key, error });
    }
  }

  async function evaluate<T>(key: string, context: FlagContext, call: EvaluateCallOptions<T> = {}): Promise<FlagResult<T>> {
    await hooks.onBeforeEvaluation?.({ flagKey: key, context });
    if (!(await hasRuleset())) return finish(fallback(key, call), context);
    const run = (assignments: AssignmentSource | undefined): Evaluation<T> =>
      engine.evaluate<T>(key, context, { ...call, assignments });
    const result = finish(await sticky.evaluate(engine, context, key, run), context);
    if (engine.has(key)) impressions.record(result, context);
    return result;
  }

  async function evaluateAll(context: FlagContext, call: EvaluateCallOptions = {}): Promise<Record<string, FlagResult>> {
    const results = Object.create(null) as Record<string, FlagResult>;
    if (!(await hasRuleset())) return results;
    const all = await sticky.evaluate(engine, context, undefined, (assignments) =>
      engine.evaluateAll(context, { ...call, assignments }),
    );
    for (const [key, evaluation] of Object.entries(all))
      if (await isAllowed(key, context)) results[key] = finish(evaluation, context);
    return results;
  }

  async function explainCall<T>(key: string, context: FlagContext, options: ExplainOptions<T> = {}): Promise<Explanation<T>> {
    await hooks.onBeforeEvaluation?.({ flagKey: key, context });
    await ready();
    const ask = (of: FlagContext, at: Date | undefined): Promise<Explanation<T>> =>
      sticky.evaluate(engine, of, key, (assignments) =>
        explain({ [INSIDE]: { ...engine[INSIDE], assignments } }, key, of, { ...options, change: undefined, at }),
      );
    const { at, change } = options;
    const { baseline: _, ...explanation } = await ask(changeContext(context, change), at);
    // The unit may be another, with assignments of its own.
    return (at ?? change) ? { ...explanation, baseline: (await ask(context, undefined)).result } : explanation;
  }

  async function isAllowed(flagKey: string, context: FlagContext): Promise<boolean> {
    try {
      await hooks.onBeforeEvaluation?.({ flagKey, context });
      return true;
    } catch {
      // Who may not see a flag does not see it among the others either.
      return false;
    }
  }

  return {
    evaluate,
    evaluateAll,
    explain: explainCall,
    async isEnabled(key, context) {
      try {
        const { enabled, value } = await evaluate(key, context);
        return enabled && Boolean(value);
      } catch (error) {
        if (error instanceof FlagNotFoundError) return false;
        throw error;
      }
    },
    async getValue<T>(key: string, context: FlagContext, defaultValue?: T) {
      return (await evaluate<T>(key, context, defaultValue === undefined ? {} : { defaultValue })).value;
    },
    async getVariant<T>(key: string, context: FlagContext) {
      const { variant, value } = await evaluate<T>(key, context);
      return { key: variant, value };
    },
    count: () => count,
  };
}

/** A flag of another environment is no flag here. */
function confine(change: Change, environment: string | undefined): Change {
  if (change.kind !== "flag" || change.deleted || livesIn(change.doc, environment)) return change;
  return { kind: "flag", key: change.key, seq: change.seq, deleted: true };
}

function fallback<T>(key: string, { defaultValue }: EvaluateCallOptions<T>): Evaluation<T> {
  const value = (defaultValue ?? null) as T;
  return { key, value, variant: null, enabled: false, reason: "error_fallback", ruleId: null };
}
