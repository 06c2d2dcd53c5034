import type { Condition, Dimension, Leaf, Operator } from "../../src/model/condition";
import { segmentIsOnCircle } from "./naive-circles";
import { compare } from "./naive-comparisons";
import { convert } from "./naive-formats";
import { naiveBucket, read, type NaiveWorld, type Root } from "./naive-world";

/** Whether a condition holds, straight from its written form. Throws where it cannot be evaluated. */
export function naiveCondition(condition: Condition, world: NaiveWorld, root?: Root): boolean {
  const [kind, holds] = decide(condition, world, root);
  world.note(`${kind}${root ? " in root" : ""} ${holds}`);
  return holds;
}

function decide(condition: Condition, world: NaiveWorld, root: Root): [kind: string, holds: boolean] {
  const nested = (each: Condition): boolean => naiveCondition(each, world, root);
  if (typeof condition === "boolean") return ["literal", condition];
  if ("all" in condition) return ["all", condition.all.every(nested)];
  if ("any" in condition) return ["any", condition.any.some(nested)];
  if ("none" in condition) return ["none", !condition.none.some(nested)];
  if ("segment" in condition) return ["segment", inSegment(condition.segment, world)];
  if ("flag" in condition) {
    const result = world.refer(condition.flag, world);
    return ["flag", result !== undefined && naiveCondition(condition.where, world, { value: result })];
  }
  if ("bucket" in condition) {
    const bucket = naiveBucket(condition.bucket, world, root);
    return ["bucket", bucket !== undefined && condition.in.some(([start, end]) => bucket >= start && bucket < end)];
  }
  if ("some" in condition) {
    const list = read(condition.dimension, world, root);
    return ["some", Array.isArray(list) && list.some((each: unknown) => naiveCondition(condition.some, world, { value: each }))];
  }
  if ("error" in condition) {
    world.note("error");
    throw new Error("cannot be evaluated");
  }
  const leaf = inOurWords(condition, world);
  const holds = leafHolds(leaf, world, root);
  if (leaf.negate) world.note(`negate ${!holds}`);
  return ["leaf", leaf.negate ? !holds : holds];
}

/** Membership counts whether the context says so or the segment's rules do. One that comes back to itself has no members to tell. */
function inSegment(key: string, world: NaiveWorld): boolean {
  if (world.context.segments?.includes(key)) return true;
  if (!world.resolvesSegments) return false;
  if (segmentIsOnCircle(key, world.snapshot)) {
    world.note("circle of a segment");
    throw new Error("circular");
  }
  const segment = world.snapshot.segments.find((each) => each.key === key);
  return segment !== undefined && naiveCondition(segment.rules, world);
}

const NAMES: Readonly<Record<string, Operator>> = { not_in: "nin", starts_with: "startsWith", ends_with: "endsWith" };
type Written = Leaf & {
  readonly attribute?: string;
  readonly field?: string;
  readonly operator?: Operator;
  readonly values?: Leaf["value"];
};

function inOurWords({ attribute, field, operator, values, ...leaf }: Written, world: NaiveWorld): Leaf {
  const written = leaf.op ?? operator;
  const op = NAMES[written] ?? written;
  const dimension = leaf.dimension ?? attribute ?? field;
  for (const [name, used] of Object.entries({ attribute, field, operator, values, [written]: NAMES[written] }))
    if (used !== undefined) world.note(`alias ${name}`);
  if (values === undefined) return { ...leaf, op, dimension };
  return { ...leaf, dimension, op: op === "eq" ? "in" : op === "neq" ? "nin" : op, value: values };
}

const OPPOSITES: Readonly<Record<string, Operator>> = { neq: "eq", nin: "in", notContains: "contains" };

function leafHolds(leaf: Leaf, world: NaiveWorld, root: Root): boolean {
  const { dimension, op, value, as } = leaf;
  const keys = [value].flat();
  if (dimension === "segment" && ["eq", "in", "neq", "nin"].includes(op) && keys.every((key) => typeof key === "string")) {
    const holds = keys.some((key) => inSegment(key, world)) === (op === "eq" || op === "in");
    world.note(`membership ${op} ${holds}`);
    return holds;
  }
  const convertOne = (each: unknown): unknown =>
    as && each !== undefined && each !== null ? convert(as, each) : (each ?? undefined);
  const raw = read(dimension, world, root);
  const actual = as ? convertOne(raw) : raw;
  const isPresent = actual !== undefined && (actual !== null || op === "type");
  const holds = isPresent
    ? presentHolds(leaf, actual, world, root, convertOne)
    : op in OPPOSITES || (op === "exists" && value === false);
  noteLeaf(leaf, isPresent, holds, world);
  return holds;
}

function presentHolds(
  leaf: Leaf,
  actual: unknown,
  world: NaiveWorld,
  root: Root,
  convertOne: (each: unknown) => unknown,
): boolean {
  const { op, value, caseInsensitive = false } = leaf;
  if (op === "exists") return value !== false;
  if (op === "type") return (actual === null ? "null" : Array.isArray(actual) ? "array" : typeof actual) === value;
  const isReference = typeof value === "object" && value !== null && "ref" in value;
  // A comparand that does not convert is held against the value as it is.
  const given = (each: unknown): unknown => convertOne(each) ?? each;
  const comparand = isReference
    ? convertOne(read((value as { ref: Dimension }).ref, world, root))
    : Array.isArray(value)
      ? value.map(given)
      : given(value);
  const one = (each: unknown): boolean => compare(OPPOSITES[op] ?? op, each, comparand, caseInsensitive);
  return (one(actual) || (Array.isArray(actual) && actual.some(one))) !== op in OPPOSITES;
}

function noteLeaf(
  { dimension, op, value, as, caseInsensitive }: Leaf,
  isPresent: boolean,
  holds: boolean,
  world: NaiveWorld,
): void {
  world.note(`op ${op} ${holds}`);
  if (!isPresent) world.note(`op ${op} of what is missing`);
  if (as) world.note(`as ${as} ${isPresent ? holds : "missing"}`);
  if (caseInsensitive) world.note(`case-insensitive ${holds}`);
  if (typeof value === "object" && value !== null && "ref" in value) world.note(`ref ${op} ${holds}`);
  const how =
    typeof dimension !== "string"
      ? Array.isArray(dimension)
        ? "path"
        : "first"
      : dimension.includes(".")
        ? "dotted"
        : dimension === "$now"
          ? "$now"
          : "name";
  world.note(`dimension ${how} ${isPresent ? "present" : "missing"}`);
}
