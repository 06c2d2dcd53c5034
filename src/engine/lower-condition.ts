import { OPERATOR_ALIASES, type Condition, type Leaf, type Operator } from "../model/condition";

type Group = Exclude<Condition, boolean>;
type Written = Leaf & {
  readonly operator?: string;
  readonly attribute?: string;
  readonly field?: string;
  readonly values?: Leaf["value"];
};

const OF_A_LIST: Readonly<Record<string, Operator>> = { eq: "in", neq: "nin" };

/** Rewrites one node of a condition, its children aside, in the core's words: aliases, `negate`, and the `segment` dimension. */
export function lowerCondition(condition: Group): Group {
  if (!("op" in condition || "operator" in condition)) return condition;
  const leaf = resolveAliases(condition as Written);
  if (leaf.negate === true) return { none: [{ ...leaf, negate: false }] };
  return leaf.dimension === "segment" ? lowerSegmentLeaf(leaf) : leaf;
}

function resolveAliases(written: Written): Leaf {
  const { operator, attribute, field, values, ...leaf } = written;
  const name = leaf.op ?? operator;
  const op = (Object.hasOwn(OPERATOR_ALIASES, name) ? OPERATOR_ALIASES[name] : name) as Operator;
  const dimension = leaf.dimension ?? attribute ?? field;
  if (values === undefined) return { ...leaf, op, dimension };
  return {
    ...leaf,
    op: OF_A_LIST[op] ?? op,
    dimension,
    value: Array.isArray(values) && values.length === 1 ? (values[0] as string) : values,
  };
}

/** Membership of a segment counts whether the context says so or the segment's rules do. */
function lowerSegmentLeaf(leaf: Leaf): Group {
  const keys = (Array.isArray(leaf.value) ? leaf.value : [leaf.value]) as readonly unknown[];
  if (!keys.every((key) => typeof key === "string") || leaf.caseInsensitive === true) return leaf;
  const segments = keys.map((segment) => ({ segment }));
  if (leaf.op === "eq" || leaf.op === "in") return { any: segments };
  if (leaf.op === "neq" || leaf.op === "nin") return { none: segments };
  return leaf;
}
