import type { Bucketing } from "../../src/model/condition";
import type { Flag, Rollout, Rule } from "../../src/model/flag";
import type { RuleInput } from "../../src/server/types";

/** How the rule that {@link isForNobody} knows is named. */
const FOR_NOBODY = "Neither a user nor a tenant";

/** The parts of a flag that `enabled` and `percentage` are. */
export interface Switched {
  readonly defaultValue: boolean;
  readonly rollout: Rollout | null;
  readonly rules: readonly RuleInput[];
}

/**
 * A flag that serves `enabled`, or, of those who are a user or belong to a tenant, `true` to a percentage and `false` to the rest.
 * Then the default is that `false`, and a rule serves `enabled` to a context that cannot be bucketed. So the percentage stands at
 * one place, a rollout like any other. `others` are rules that the flag has besides.
 */
export function switched(
  key: string,
  { enabled, percentage }: { readonly enabled: boolean; readonly percentage: number | null },
  { others = [], known }: { readonly others?: readonly Rule[]; readonly known?: Rule | undefined } = {},
): Switched {
  if (percentage === null) return { defaultValue: enabled, rollout: null, rules: others };
  const by: Bucketing = { algorithm: "native", unit: { first: ["userId", "tenantId"] }, suffix: `:${key}:` };
  const rule = { name: FOR_NOBODY, conditions: { none: [{ bucket: by, in: [[0, 100] as const] }] }, value: enabled };
  const kept = known && { id: known.id, ...(known.priority !== undefined && { priority: known.priority }) };
  return { defaultValue: false, rollout: { percentage, value: true, bucketing: by }, rules: [...others, { ...kept, ...rule }] };
}

function isForNobody({ name, value }: Rule): boolean {
  return name === FOR_NOBODY && typeof value === "boolean";
}

/** The rule for whom no percentage is asked, where the flag has been given one by this module. */
export function ruleForNobody({ rollout, rules }: Flag): Rule | undefined {
  return rollout && rules.find(isForNobody);
}
