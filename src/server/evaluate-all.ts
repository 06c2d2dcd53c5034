import type { AssignmentSource, Engine, EvaluateOptions } from "../engine/types";
import { FlagNotFoundError } from "../errors";
import type { FlagContext } from "../model/context";
import type { Evaluation, FlagResult } from "../model/result";
import { formatCheckpoint } from "../protocol/checkpoint";
import type { Evaluating } from "./evaluating";
import type { DetailedEvaluation, EvaluateAllOptions, FlagManager } from "./types";

/** After so many rulesets in a row that changed while a page was awaited, the rest is evaluated in one go. */
const PATIENCE = 3;

export function createEvaluateAll(evaluating: Evaluating): Pick<FlagManager, "evaluateAll" | "evaluateAllDetailed"> {
  const { settings, engine, sticky, finish, hasRuleset } = evaluating;

  async function evaluateAllDetailed(context: FlagContext, call: EvaluateAllOptions = {}): Promise<DetailedEvaluation> {
    const results = Object.create(null) as Record<string, FlagResult>;
    const denied: string[] = [];
    if (!(await hasRuleset())) return { results, denied, warnings: [], checkpoint: null };
    const { warnings, checkpoint, all } = await sticky.evaluate(engine(), context, undefined, (assignments) =>
      evaluateInPages(evaluating, context, call, assignments),
    );
    for (const evaluation of all) {
      const { key } = evaluation;
      if (await isAllowed(key, context)) results[key] = finish(evaluation, context);
      else denied.push(key);
    }
    return { results, denied, warnings, checkpoint };
  }

  /** Who may not see a flag does not see it among the others either. */
  async function isAllowed(flagKey: string, context: FlagContext): Promise<boolean> {
    const { hooks, redactor } = settings;
    if (!hooks.onBeforeEvaluation) return true;
    try {
      await hooks.onBeforeEvaluation({ flagKey, context: redactor.context(context) });
      return true;
    } catch {
      return false;
    }
  }

  return {
    evaluateAllDetailed: (context, call) => evaluateAllDetailed(context, { ...call, trace: true }),
    evaluateAll: async (context, call) => (await evaluateAllDetailed(context, call)).results,
  };
}

interface Pages {
  readonly all: readonly Evaluation[];
  readonly warnings: DetailedEvaluation["warnings"];
  readonly checkpoint: string | null;
}

/** Everything of one ruleset. Others run between the pages; where the ruleset changed meanwhile, it begins anew. */
async function evaluateInPages(
  { settings, feed, engine }: Evaluating,
  context: FlagContext,
  { namespace, tags, ...call }: EvaluateAllOptions,
  assignments: AssignmentSource | undefined,
): Promise<Pages> {
  const { evaluateAllPageSize: pageSize } = settings;
  const isWanted = (key: string): boolean => {
    const change = feed.get("flag", key);
    const doc = change?.kind === "flag" ? change.doc : undefined;
    return (namespace === undefined || doc?.namespace === namespace) && (tags ?? []).every((tag) => doc?.tags?.includes(tag));
  };
  for (let attempt = 1; ; attempt++) {
    const of = feed.position();
    const checkpoint = of ? formatCheckpoint(of) : null;
    const everything = namespace === undefined && tags === undefined;
    const keys = engine()
      .keys()
      .filter((key) => everything || isWanted(key));
    const warnings = call.trace ? engine().warnings() : [];
    if (everything && keys.length <= pageSize)
      return { all: Object.values(engine().evaluateAll(context, { ...call, assignments })), warnings, checkpoint };
    const all: Evaluation[] = [];
    let changed = false;
    for (const [i, key] of keys.entries()) {
      if (i > 0 && i % pageSize === 0 && attempt < PATIENCE) {
        await new Promise((resolve) => setTimeout(resolve));
        changed = feed.position() !== of;
        if (changed) break;
      }
      all.push(...evaluateHere(engine(), key, context, { ...call, assignments }));
    }
    if (!changed) return { all, warnings, checkpoint };
  }
}

/** The flag's result; none where it is not of the context's environment. */
function evaluateHere(engine: Engine, key: string, context: FlagContext, call: EvaluateOptions): Evaluation[] {
  try {
    return [engine.evaluate(key, context, call)];
  } catch (error) {
    if (error instanceof FlagNotFoundError) return [];
    throw error;
  }
}
