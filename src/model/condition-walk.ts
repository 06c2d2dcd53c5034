import type { Condition } from "./condition";
import type { Flag } from "./flag";
import type { Segment } from "./segment";

/** One node of a condition tree, and where in its definition it stands, as `rules[0].conditions.all[1]`. */
export interface ConditionNode {
  readonly node: Condition;
  readonly path: string;
}

type Conditional = Pick<Flag, "rules" | "prerequisites"> | Pick<Segment, "rules">;

/** Every node of every condition that a flag or a segment holds. */
export function* conditionNodes(definition: Conditional): Generator<ConditionNode> {
  if (!Array.isArray(definition.rules)) {
    yield* walk(definition.rules as Condition, "rules");
    return;
  }
  const flag = definition as Pick<Flag, "rules" | "prerequisites">;
  for (const [i, rule] of flag.rules.entries()) yield* walk(rule.conditions, `rules[${i}].conditions`);
  for (const [i, one] of (flag.prerequisites ?? []).entries())
    if (typeof one === "boolean" || !("flagKey" in one)) yield* walk(one, `prerequisites[${i}]`);
}

function* walk(node: Condition, path: string): Generator<ConditionNode> {
  yield { node, path };
  if (typeof node === "boolean") return;
  for (const name of ["all", "any", "none"] as const) {
    const children = (node as { readonly [name]?: readonly Condition[] })[name] ?? [];
    for (const [i, child] of children.entries()) yield* walk(child, `${path}.${name}[${i}]`);
  }
  if ("where" in node) yield* walk(node.where, `${path}.where`);
  if ("some" in node) yield* walk(node.some, `${path}.some`);
}
