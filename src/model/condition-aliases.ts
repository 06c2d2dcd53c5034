import { type Leaf, type Operator, OPERATOR_ALIASES } from "./condition";

/** A leaf as other dialects write it. */
export type WrittenLeaf = Leaf & {
  readonly operator?: string;
  readonly attribute?: string;
  readonly field?: string;
  readonly values?: Leaf["value"];
};

const OF_A_LIST: Readonly<Record<string, Operator>> = { eq: "in", neq: "nin" };

/** Rewrites other names of fields and operators to ours. What it does not know stays as it is. */
export function resolveAliases(written: WrittenLeaf): Leaf {
  const { operator, attribute, field, values, ...leaf } = written;
  const name = leaf.op ?? operator;
  const op = (Object.hasOwn(OPERATOR_ALIASES, name) ? OPERATOR_ALIASES[name] : name) as Operator;
  const dimension = leaf.dimension ?? attribute ?? field;
  return values === undefined ? { ...leaf, op, dimension } : { ...leaf, op: OF_A_LIST[op] ?? op, dimension, value: values };
}
