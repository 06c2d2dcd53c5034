import { FlagNotFoundError } from "../../src/errors";
import type { FlagContext } from "../../src/model/context";
import type { FlagKey } from "../../src/model/flag-registry";
import type { Flag, OverrideScope } from "../../src/model/flag";
import type { Evaluation } from "../../src/model/result";
import { livesIn } from "../../src/server/environment";
import { INTERNAL, type RolleaseCore } from "../../src/server/types";
import type { Answer } from "./answer-cache";
import type { FlagEvaluationSource } from "./events";
import { ruleForNobody } from "./percentage";

/** Has rollease evaluate a flag, and says which layer that was. A flag that is not there is off. */
export async function evaluateFlag(
  rl: RolleaseCore,
  key: FlagKey,
  context: FlagContext & { readonly environment: string },
): Promise<Answer> {
  const change = rl[INTERNAL].feed.get("flag", key);
  const flag = change?.kind === "flag" && !change.deleted ? change.doc : undefined;
  // A server that is confined to no environment knows flags of others, too.
  if (flag && !livesIn(flag, context.environment)) return { result: false, source: "not_found" };
  try {
    const evaluation = await rl.flags.evaluate(key, context);
    return { result: evaluation.enabled && Boolean(evaluation.value), source: sourceOf(evaluation, flag, context) };
  } catch (error) {
    if (error instanceof FlagNotFoundError) return { result: false, source: "not_found" };
    throw error;
  }
}

function sourceOf({ reason, ruleId }: Evaluation, flag: Flag | undefined, context: FlagContext): FlagEvaluationSource {
  const forNobody = flag && ruleForNobody(flag);
  switch (reason) {
    case "disabled":
      return "archived";
    case "override":
      return overriding(flag, context);
    case "percentage":
    case "weighted_random":
    case "assignment":
      return "percentage";
    case "rule_match":
      return forNobody && ruleId === forNobody.id ? "global_default" : "rule";
    case "default":
      // Who is in no bucket has met the rule for nobody: this one was outside.
      return forNobody ? "percentage" : "global_default";
    default:
      return reason;
  }
}

const SCOPES = { user: "userId", tenant: "tenantId", environment: "environment" } as const satisfies Record<
  OverrideScope,
  string
>;

function overriding({ overrides = [] }: Partial<Flag> = {}, context: FlagContext): FlagEvaluationSource {
  const scope = (["user", "tenant", "environment"] as const).find((one) =>
    overrides.some((each) => each.scope === one && each.id === context[SCOPES[one]]),
  );
  return scope ? `${scope}_override` : "local_override";
}
