import { createEngine } from "../engine/create-engine";
import { changeContext, explain, type ExplainOptions } from "../engine/explain";
import { INSIDE } from "../engine/inside";
import type { Engine } from "../engine/types";
import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Change } from "../model/definition";
import type { Explanation } from "../model/explanation";
import type { JsonValue } from "../model/json";
import type { Evaluation, FlagResult } from "../model/result";
import { METRICS } from "../ports/metrics";
import type { Settings } from "./config";
import { livesIn } from "./environment";
import { createEvaluateAll } from "./evaluate-all";
import type { Evaluating } from "./evaluating";
import type { Impressions } from "./impressions";
import { createEvaluationRecorder } from "./record-evaluation";
import type { HeldFeed } from "./server-feed";
import type { Sticky } from "./sticky";
import type { EvaluateCallOptions, FlagManager } from "./types";

export interface EvaluatorOptions {
  readonly settings: Settings;
  readonly feed: HeldFeed;
  readonly sticky: Sticky;
  readonly impressions: Impressions;
  /** Values that flags are forced to for development. */
  readonly overrides: Readonly<Record<string, JsonValue>> | undefined;
  /** Resolves when there is a ruleset. */
  ready(): Promise<void>;
  assertOpen(): void;
}

export interface ServerEvaluator extends Pick<
  FlagManager,
  "isEnabled" | "getValue" | "getVariant" | "evaluate" | "evaluateAll" | "evaluateAllDetailed" | "explain"
> {
  /** How often something was evaluated, and how often that had to wait for the database. */
  counts(): { readonly evaluations: number; readonly waits: number };
}

/** Evaluation on the server's own replica, which `feed` keeps current. */
export function createServerEvaluator(options: EvaluatorOptions): ServerEvaluator {
  const { settings, feed, sticky, impressions } = options;
  const { hooks, metrics } = settings;
  const counts = { evaluations: 0, waits: 0 };
  const engine = followFeed(options);
  const tell = createTeller(settings);
  const toDate = createStamps(() => settings.clock.now());
  const record = createEvaluationRecorder(settings, feed);

  async function hasRuleset(): Promise<boolean> {
    options.assertOpen();
    if (feed.position()) return true;
    counts.waits++;
    try {
      await options.ready();
      return true;
    } catch (error) {
      if (!settings.fallbackOnError) throw error;
      return false;
    }
  }

  function finish<T>(evaluation: Evaluation<T>, context: FlagContext): FlagResult<T> {
    counts.evaluations++;
    metrics?.count(METRICS.evaluations.name, { reason: evaluation.reason });
    const { key, value, variant, enabled, reason, ruleId, trace } = evaluation;
    const result = { key, value, variant, enabled, reason, ruleId, evaluatedAt: toDate() };
    const whole: FlagResult<T> = trace ? { ...result, trace } : result;
    if (hooks.onEvaluate) tell(whole, context);
    return whole;
  }

  function finishOne<T>(evaluation: Evaluation<T>, context: FlagContext): FlagResult<T> {
    const result = finish(evaluation, context);
    if (engine().has(result.key)) impressions.record(result, context);
    record?.evaluated(result, context);
    return result;
  }

  async function evaluateSlowly<T>(key: string, context: FlagContext, call: EvaluateCallOptions<T>): Promise<FlagResult<T>> {
    try {
      return await evaluateInTime(key, context, call);
    } catch (error) {
      record?.failed(key, context, error);
      throw error;
    }
  }

  /** The long way, by whatever has to be waited for. */
  async function evaluateInTime<T>(key: string, context: FlagContext, call: EvaluateCallOptions<T>): Promise<FlagResult<T>> {
    await hooks.onBeforeEvaluation?.({ flagKey: key, context: settings.redactor.context(context) });
    if (!(await hasRuleset())) {
      const result = finish(fallback(key, call), context);
      record?.evaluated(result, context);
      return result;
    }
    if (sticky.concerns(key)) counts.waits++;
    const evaluation = await sticky.evaluate(engine(), context, key, (assignments) =>
      engine().evaluate<T>(key, context, { ...call, assignments }),
    );
    return finishOne(evaluation, context);
  }

  /** By far the most evaluations wait for nothing; these cost little more than the engine. */
  function evaluate<T>(key: string, context: FlagContext, call: EvaluateCallOptions<T> = {}): Promise<FlagResult<T>> {
    if (hooks.onBeforeEvaluation || !feed.position() || sticky.concerns(key)) return evaluateSlowly(key, context, call);
    try {
      options.assertOpen();
      return Promise.resolve(finishOne(engine().evaluate<T>(key, context, call), context));
    } catch {
      // It fails there as it did here, and a promise tells of it.
      return evaluateSlowly(key, context, call);
    }
  }

  const evaluating: Evaluating = { settings, feed, sticky, engine, hasRuleset, finish };
  return {
    evaluate,
    ...createEvaluateAll(evaluating),
    explain: (key, context, call) => explainOn(evaluating, key, context, call),
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
    counts: () => counts,
  };
}

/** The engine that holds what the feed holds. */
function followFeed({ settings, feed, overrides }: EvaluatorOptions): () => Engine {
  const { clock, environment, autoResolveSegments } = settings;
  const empty = (): Engine =>
    createEngine(
      { flags: [], segments: [], layers: [] },
      { now: () => clock.now(), environment, autoResolveSegments, overrides },
    );
  let engine = empty();
  feed.subscribe(({ reset, commit }) => {
    if (reset) engine = empty();
    engine.apply(commit.changes.map((change) => confine(change, environment)));
  });
  return () => engine;
}

/** Tells `onEvaluate`, which nobody waits for. */
function createTeller({ hooks, redactor, log }: Settings): (result: FlagResult, context: FlagContext) => void {
  const tell = async (result: FlagResult, context: FlagContext): Promise<void> => {
    try {
      await hooks.onEvaluate?.(result, redactor.context(context));
    } catch (error) {
      log("error", "The hook onEvaluate failed.", { key: result.key, error });
    }
  };
  return (result, context) => void tell(result, context);
}

/** The time as a date; results of one millisecond share theirs. */
function createStamps(now: () => number): () => Date {
  let last = new Date(0);
  return () => {
    const at = now();
    if (last.getTime() !== at) last = new Date(at);
    return last;
  };
}

async function explainOn<T>(
  { settings, sticky, engine, hasRuleset }: Evaluating,
  key: string,
  context: FlagContext,
  options: ExplainOptions<T> = {},
): Promise<Explanation<T>> {
  await settings.hooks.onBeforeEvaluation?.({ flagKey: key, context: settings.redactor.context(context) });
  await hasRuleset();
  const ask = (of: FlagContext, at: Date | undefined): Promise<Explanation<T>> =>
    sticky.evaluate(engine(), of, key, (assignments) =>
      explain({ [INSIDE]: { ...engine()[INSIDE], assignments } }, key, of, { ...options, change: undefined, at }),
    );
  const { at, change } = options;
  const { baseline: _, ...explanation } = await ask(changeContext(context, change), at);
  // The unit may be another, with assignments of its own.
  return (at ?? change) ? { ...explanation, baseline: (await ask(context, undefined)).result } : explanation;
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
