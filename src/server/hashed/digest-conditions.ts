import type { Condition, Leaf } from "../../model/condition";
import { resolveAliases } from "../../model/condition-aliases";
import type { Flag, Prerequisite } from "../../model/flag";
import { DIGESTS } from "../../protocol/digests";
import { digestFault, hasComparand, hashedBelow, mentionsHashed, spellsOutHashed } from "./digestible";

/** Digests a comparand of an attribute, as it is or `folded`, without regard to case. */
export type Digest = (attribute: string, comparand: unknown, folded: boolean) => string;

/**
 * A condition with digests in place of what it compares hashed attributes with. A comparison that cannot be made with
 * digests cannot be evaluated any more: nothing that is to be hidden is shown for the sake of an answer.
 */
export function digestCondition(
  condition: Condition,
  hashed: readonly string[],
  digest: Digest,
  inRoot: boolean = false,
): Condition {
  if (typeof condition !== "object" || condition === null) return condition;
  const inner = (each: Condition, root = inRoot, names = hashed): Condition => digestCondition(each, names, digest, root);
  if ("all" in condition) return { all: condition.all.map((each) => inner(each)) };
  if ("any" in condition) return { any: condition.any.map((each) => inner(each)) };
  if ("none" in condition) return { none: condition.none.map((each) => inner(each)) };
  if ("where" in condition) return { ...condition, where: inner(condition.where, true) };
  if ("some" in condition) {
    if (mentionsHashed(condition.dimension, hashed)) return HIDDEN;
    const names = [...hashed, ...hashedBelow(condition.dimension, hashed)];
    return { ...condition, some: inner(condition.some, true, names) };
  }
  if ("segment" in condition || "bucket" in condition || "error" in condition) return condition;
  const leaf = resolveAliases(condition);
  if (spellsOutHashed(leaf, hashed)) return HIDDEN;
  if (!mentionsHashed(leaf.dimension, hashed) || !hasComparand(leaf)) return condition;
  return digestFault(leaf, hashed, inRoot) ? HIDDEN : digestLeaf(leaf, digest);
}

/** The same for every condition of a flag. */
export function digestFlagConditions(flag: Flag, hashed: readonly string[], digest: Digest): Flag {
  const { rules, prerequisites } = flag;
  const isCondition = (one: Prerequisite): one is Condition => typeof one === "boolean" || !("flagKey" in one);
  return {
    ...flag,
    rules: rules.map((rule) => ({ ...rule, conditions: digestCondition(rule.conditions, hashed, digest) })),
    ...(prerequisites && {
      prerequisites: prerequisites.map((one) => (isCondition(one) ? digestCondition(one, hashed, digest) : one)),
    }),
  };
}

const HIDDEN: Condition = { error: "hashed" };

/** Where the context's digests are not there yet, neither a comparison nor its opposite holds. */
function digestLeaf({ dimension, op, value, caseInsensitive = false, negate = false }: Leaf, digest: Digest): Condition {
  const at = [DIGESTS, dimension as string];
  const digests = [value].flat().map((each) => digest(dimension as string, each, caseInsensitive));
  const isOpposite = (op === "neq" || op === "nin") !== negate;
  if (!isOpposite) return { dimension: at, op: "in", value: digests };
  return {
    all: [
      { dimension: at, op: "exists", value: true },
      { dimension: at, op: "nin", value: digests },
    ],
  };
}
