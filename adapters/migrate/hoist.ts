import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../../src/model/limits";
import type { Condition } from "../../src/model/condition";

/** Some room is left for what a rule wraps around its condition. */
const NODES = MAX_CONDITION_NODES - 4;
const DEPTH = MAX_CONDITION_DEPTH - 2;
const GROUPS = ["all", "any", "none"] as const;

interface Measured {
  readonly condition: Condition;
  readonly nodes: number;
  readonly depth: number;
}

/**
 * The same condition within the limits of one: what is too large for it moves to segments, which `add` names. What looks into
 * another root, as `some` does, stays as it is, since a segment sees the context alone.
 */
export function hoist(condition: Condition, add: (rules: Condition) => string): Condition {
  return fit(condition, (rules) => ({ condition: { segment: add(rules) }, nodes: 1, depth: 1 })).condition;
}

function fit(condition: Condition, toSegment: (rules: Condition) => Measured): Measured {
  const name = typeof condition === "object" ? GROUPS.find((each) => each in condition) : undefined;
  if (!name) return measure(condition);
  const children = (condition as Record<typeof name, readonly Condition[]>)[name].map((each) => {
    const made = fit(each, toSegment);
    return made.depth >= DEPTH ? toSegment(made.condition) : made;
  });
  // None of several is none of any part of them.
  return group(name, children, (part) => toSegment({ [name === "all" ? "all" : "any"]: part } as unknown as Condition));
}

function group(
  name: (typeof GROUPS)[number],
  children: readonly Measured[],
  toSegment: (part: readonly Condition[]) => Measured,
): Measured {
  const nodes = children.reduce((sum, each) => sum + each.nodes, 1);
  if (nodes > NODES) return group(name, partsOf(children).map(toSegment), toSegment);
  const depth = 1 + Math.max(0, ...children.map((each) => each.depth));
  return { condition: { [name]: children.map((each) => each.condition) } as unknown as Condition, nodes, depth };
}

/** As many neighbours together as a condition holds. */
function partsOf(children: readonly Measured[]): Condition[][] {
  const parts: Condition[][] = [];
  let room = 0;
  for (const { condition, nodes } of children) {
    if (nodes > room) {
      parts.push([]);
      room = NODES - 1;
    }
    parts.at(-1)?.push(condition);
    room -= nodes;
  }
  return parts;
}

function measure(condition: Condition): Measured {
  if (typeof condition === "boolean") return { condition, nodes: 1, depth: 1 };
  const name = GROUPS.find((each) => each in condition);
  const { some, where = some } = condition as { readonly some?: Condition; readonly where?: Condition };
  const inner = name ? (condition as Record<typeof name, readonly Condition[]>)[name] : where === undefined ? [] : [where];
  const measured = inner.map(measure);
  const nodes = measured.reduce((sum, each) => sum + each.nodes, 1);
  return { condition, nodes, depth: 1 + Math.max(0, ...measured.map((each) => each.depth)) };
}
