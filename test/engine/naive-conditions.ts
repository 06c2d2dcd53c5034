import type { Condition, Dimension, Leaf } from "../../src/model/condition";
import { environmentOf, naiveBucket, type NaiveWorld } from "./naive-world";

/** Whether a condition holds, straight from its written form. `root` stands in for the context inside `some` and `where`. */
export function naiveCondition(condition: Condition, world: NaiveWorld, root?: { value: unknown }): boolean {
  if (typeof condition === "boolean") return condition;
  if ("all" in condition) return condition.all.every((each) => naiveCondition(each, world, root));
  if ("any" in condition) return condition.any.some((each) => naiveCondition(each, world, root));
  if ("none" in condition) return !condition.none.some((each) => naiveCondition(each, world, root));
  if ("segment" in condition) return inSegment(condition.segment, world);
  if ("flag" in condition) {
    const result = world.refer?.(condition.flag, world);
    return result !== undefined && naiveCondition(condition.where, world, { value: result });
  }
  if ("bucket" in condition) {
    const bucket = naiveBucket(condition.bucket, world);
    return bucket !== undefined && condition.in.some(([start, end]) => bucket >= start && bucket < end);
  }
  if ("some" in condition) {
    const list = read(condition.dimension, world, root);
    return Array.isArray(list) && list.some((each: unknown) => naiveCondition(condition.some, world, { value: each }));
  }
  if ("error" in condition) throw new Error("not generated");
  const holds = leafHolds(condition, world, root);
  return condition.negate ? !holds : holds;
}

function inSegment(key: string, world: NaiveWorld): boolean {
  if (world.context.segments?.includes(key)) return true;
  const segment = world.snapshot.segments.find((each) => each.key === key);
  return segment !== undefined && naiveCondition(segment.rules, world);
}

const OPPOSITES: Record<string, Leaf["op"]> = { neq: "eq", nin: "in", notContains: "contains" };

function leafHolds(leaf: Leaf, world: NaiveWorld, root: { value: unknown } | undefined): boolean {
  if (leaf.dimension === "segment" && ["eq", "neq", "in", "nin"].includes(leaf.op)) {
    const member = [leaf.value].flat().some((key) => inSegment(key as string, world));
    return leaf.op === "eq" || leaf.op === "in" ? member : !member;
  }
  const opposite = OPPOSITES[leaf.op];
  if (opposite) return !leafHolds({ ...leaf, op: opposite }, world, root);
  const actual = read(leaf.dimension, world, root);
  const missing = actual === undefined || actual === null;
  if (leaf.op === "exists") return missing === (leaf.value === false);
  if (leaf.op === "type")
    return actual !== undefined && (actual === null ? "null" : Array.isArray(actual) ? "array" : typeof actual) === leaf.value;
  if (missing) return false;
  const reference = leaf.value as { ref?: Dimension };
  const comparand: unknown =
    typeof leaf.value === "object" && leaf.value !== null && "ref" in leaf.value
      ? read(reference.ref as Dimension, world, root)
      : leaf.value;
  if (comparand === undefined) return false;
  const folds = leaf.caseInsensitive && ["eq", "in", "contains", "startsWith", "endsWith"].includes(leaf.op);
  const one = (value: unknown): boolean =>
    compare(leaf.op, folds ? lower(value) : value, folds ? lower(comparand) : comparand, leaf.caseInsensitive);
  return one(actual) || (Array.isArray(actual) && actual.some(one));
}

function compare(op: Leaf["op"], a: unknown, b: unknown, insensitive = false): boolean {
  const list: readonly unknown[] = Array.isArray(b) ? b : [b];
  const text = (test: (text: string, part: string) => boolean): boolean =>
    typeof a === "string" && list.some((part) => typeof part === "string" && test(a, part));
  const order = (read: (value: unknown) => number | undefined, test: (difference: number) => boolean): boolean => {
    const x = read(a);
    const y = read(b);
    return x !== undefined && y !== undefined && test(x - y);
  };
  const semver = (test: (order: number) => boolean): boolean => {
    const x = version(a);
    const y = version(b);
    return x !== undefined && y !== undefined && test(versionOrder(x, y));
  };
  switch (op) {
    case "eq":
      return same(a, b);
    case "in":
      return list.some((each) => same(a, each));
    case "gt":
      return order(number, (d) => d > 0);
    case "gte":
      return order(number, (d) => d >= 0);
    case "lt":
      return order(number, (d) => d < 0);
    case "lte":
      return order(number, (d) => d <= 0);
    case "contains":
      return text((x, part) => x.includes(part));
    case "startsWith":
      return text((x, part) => x.startsWith(part));
    case "endsWith":
      return text((x, part) => x.endsWith(part));
    case "regex":
      return typeof a === "string" && new RegExp(b as string, insensitive ? "i" : "").test(a);
    case "semverEq":
      return semver((d) => d === 0);
    case "semverGt":
      return semver((d) => d > 0);
    case "semverGte":
      return semver((d) => d >= 0);
    case "semverLt":
      return semver((d) => d < 0);
    case "semverLte":
      return semver((d) => d <= 0);
    case "dateAfter":
      return order(date, (d) => d > 0);
    case "dateBefore":
      return order(date, (d) => d < 0);
    case "cidr":
      return list.some((network) => inNetwork(a, network as string));
    default:
      throw new Error(`not handled: ${op}`);
  }
}

function read(dimension: Dimension, world: NaiveWorld, root: { value: unknown } | undefined): unknown {
  if (typeof dimension === "object" && "first" in dimension)
    return dimension.first.map((each) => read(each, world, root)).find((value) => value !== undefined && value !== null);
  if (typeof dimension !== "string") return walk(root ? root.value : world.context.attributes, dimension);
  if (dimension === "$now") return world.now;
  if (!root) {
    if (dimension === "environment") return environmentOf(world);
    if (dimension === "segment") return world.context.segments;
    if (["userId", "userType", "region", "version", "ip", "tenantId"].includes(dimension))
      return world.context[dimension as "userId"];
  }
  const holder = root ? root.value : world.context.attributes;
  return walk(holder, [dimension]) ?? walk(holder, dimension.split("."));
}

function walk(holder: unknown, path: readonly string[]): unknown {
  let at = holder;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.prototype.hasOwnProperty.call(at, name)) return undefined;
    at = (at as Record<string, unknown>)[name];
  }
  return at;
}

function same(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([x], [y]) => (x < y ? -1 : 1)))
      : each,
  );
}

function lower(value: unknown): unknown {
  return typeof value === "string" ? value.toLowerCase() : Array.isArray(value) ? value.map(lower) : value;
}

function number(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value)
    ? Number.parseFloat(value)
    : undefined;
}

function date(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2}))?$/.test(value)) return undefined;
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? undefined : instant;
}

function version(value: unknown): { core: number[]; pre: string[] } | undefined {
  if (typeof value !== "string" || !/^v?\d+(\.\d+){0,2}(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/.test(value)) return undefined;
  const [main = "", ...pre] = (value.replace(/^v/, "").split("+")[0] ?? "").split("-");
  const core = main.split(".").map(Number);
  return { core: [core[0] ?? 0, core[1] ?? 0, core[2] ?? 0], pre: pre.length === 0 ? [] : pre.join("-").split(".") };
}

function versionOrder(a: NonNullable<ReturnType<typeof version>>, b: NonNullable<ReturnType<typeof version>>): number {
  for (let i = 0; i < 3; i++) if (a.core[i] !== b.core[i]) return (a.core[i] as number) - (b.core[i] as number);
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (let i = 0; i < Math.max(a.pre.length, b.pre.length); i++) {
    const [x, y] = [a.pre[i], b.pre[i]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const digits = [x, y].map((each) => /^\d+$/.test(each));
    if (digits[0] && digits[1]) return Number(x) - Number(y);
    if (digits[0] !== digits[1]) return digits[0] ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}

function inNetwork(address: unknown, network: string): boolean {
  const toNumber = (text: string): bigint => text.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  if (typeof address !== "string" || !/^\d+\.\d+\.\d+\.\d+$/.test(address)) return false;
  const [base = "", bits = "32"] = network.split("/");
  const shift = BigInt(32 - Number(bits));
  return toNumber(address) >> shift === toNumber(base) >> shift;
}
