import { type Bucketing, type Coercion, type Condition, type Dimension, type Leaf, OPERATORS, type Range } from "./condition";
import { resolveAliases, type WrittenLeaf } from "./condition-aliases";
import { isUsableKey, MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "./limits";
import {
  boolean,
  element,
  fail,
  field,
  isRecord,
  json,
  list,
  number,
  object,
  oneOf,
  optional,
  type Place,
  type Schema,
  text,
} from "./schema";

const COERCIONS: readonly Coercion[] = [
  "string",
  "number",
  "boolean",
  "only-string",
  "only-number",
  "only-boolean",
  "size",
  "semver",
  "semver-loose",
  "rfc3339",
];

export const key: Schema<string> = (value, at) =>
  isUsableKey(value) ? text()(value, at) : fail(at, value === undefined ? "is required" : "is not a usable key");

const dimension: Schema<Dimension> = (value, at) => {
  if (typeof value === "string") return text({ min: 1, max: 256 })(value, at);
  if (Array.isArray(value)) return list(text({ min: 1, max: 256 }), { max: 32 })(value, at);
  if (isRecord(value)) return object<{ first: readonly Dimension[] }>({ first: list(dimension, { max: 32 }) })(value, at);
  return fail(at, value === undefined ? "is required" : "must be a name, a path or {first}");
};

const range: Schema<Range> = (value, at) => {
  const [start, end] = list(number({ min: 0 }), { max: 2 })(value, at) ?? [];
  if (start === undefined || end === undefined || start > end) return fail(at, "must be [start, end] with start <= end");
  return [start, end];
};

export const bucketing: Schema<Bucketing> = object<Bucketing>({
  algorithm: text({ min: 1, max: 64 }),
  unit: dimension,
  prefix: optional(text({ max: 512 })),
  suffix: optional(text({ max: 512 })),
  seed: optional(number({ min: 0, max: 0xffffffff, integer: true })),
  size: optional(number({ min: 1, max: 2 ** 32 })),
  text: optional(oneOf(["utf8", "low-byte"])),
  missing: optional((value, at) => (value === 0 ? 0 : fail(at, "must be 0"))),
});

const value: Schema<NonNullable<Leaf["value"]>> = (input, at) =>
  isRecord(input) && Object.keys(input).length === 1 && "ref" in input
    ? object<{ ref: Dimension }>({ ref: dimension })(input, at)
    : (json(input, at) as NonNullable<Leaf["value"]>);

const leaf: Schema<Leaf> = object<Leaf>({
  dimension,
  op: oneOf(OPERATORS),
  value: optional(value),
  as: optional(oneOf(COERCIONS)),
  caseInsensitive: optional(boolean),
  negate: optional(boolean),
});

/** Reads a condition tree strictly, and within its limits. */
export const condition: Schema<Condition> = (input, at) => {
  const budget = { nodes: 0 };
  const read = readCondition(input, at, 1, budget);
  if (budget.nodes > MAX_CONDITION_NODES) return fail(at, `must have at most ${MAX_CONDITION_NODES} groups and leaves`);
  return read;
};

function readCondition(input: unknown, at: Place, depth: number, budget: { nodes: number }): Condition {
  // Past the budget nothing is read any more, so that the work is bounded whatever comes in.
  if (++budget.nodes > MAX_CONDITION_NODES) return false;
  if (depth > MAX_CONDITION_DEPTH) return fail(at, `must not be nested deeper than ${MAX_CONDITION_DEPTH}`);
  if (typeof input === "boolean") return input;
  if (!isRecord(input)) return fail(at, input === undefined ? "is required" : "must be a condition");
  const nested: Schema<Condition> = (value, place) => readCondition(value, place, depth + 1, budget);
  const group: Schema<readonly Condition[]> = (value, place) =>
    Array.isArray(value) ? value.map((one, i) => nested(one, element(place, i))) : fail(place, "must be a list of conditions");

  if ("all" in input) return object<{ all: readonly Condition[] }>({ all: group })(input, at);
  if ("any" in input) return object<{ any: readonly Condition[] }>({ any: group })(input, at);
  if ("none" in input) return object<{ none: readonly Condition[] }>({ none: group })(input, at);
  if ("error" in input) return object<{ error: string }>({ error: text() })(input, at);
  if ("segment" in input) return object<{ segment: string }>({ segment: key })(input, at);
  if ("flag" in input) return object<{ flag: string; where: Condition }>({ flag: key, where: nested })(input, at);
  if ("bucket" in input)
    return object<{ bucket: Bucketing; in: readonly Range[] }>({ bucket: bucketing, in: list(range) })(input, at);
  if ("some" in input) return object<{ dimension: Dimension; some: Condition }>({ dimension, some: nested })(input, at);
  return readLeaf(input, at);
}

function readLeaf(input: Readonly<Record<string, unknown>>, at: Place): Leaf {
  const read = leaf(resolveAliases(input as unknown as WrittenLeaf), at);
  if (read.value === undefined && read.op !== "exists") return fail(field(at, "value"), "is required");
  if (read.op === "regex" && typeof read.value !== "string") return fail(field(at, "value"), "must be a regular expression");
  return read;
}
