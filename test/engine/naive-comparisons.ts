import type { Leaf } from "../../src/model/condition";
import { date, inNetwork, number, version, versionOrder } from "./naive-formats";

/** Whether one present value compares so with a comparand; never for a comparison that cannot be made. */
export function compare(op: Leaf["op"], actual: unknown, comparand: unknown, insensitive: boolean): boolean {
  const fold = (value: unknown): unknown => (insensitive && typeof value === "string" ? value.toLowerCase() : value);
  const list: readonly unknown[] = Array.isArray(comparand) ? comparand : [comparand];
  const text = (test: (text: string, part: string) => boolean): boolean => {
    const a = fold(actual);
    return (
      typeof a === "string" &&
      list.every((part) => typeof part === "string") &&
      list.some((part) => test(a, fold(part) as string))
    );
  };
  const order = (of: (value: unknown) => number | undefined, test: (difference: number) => boolean): boolean => {
    const [x, y] = [of(actual), of(comparand)];
    return x !== undefined && y !== undefined && test(x - y);
  };
  const semver = (test: (order: number) => boolean): boolean => {
    const [x, y] = [version(actual), version(comparand)];
    return x !== undefined && y !== undefined && test(versionOrder(x, y));
  };
  switch (op) {
    case "eq":
      return same(fold(actual), fold(comparand));
    case "in":
      return list.some((each) => same(fold(actual), fold(each)));
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
      return typeof actual === "string" && new RegExp(comparand as string, insensitive ? "i" : "").test(actual);
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
    case "cidr": {
      const found = list.map((network) => inNetwork(actual, network));
      return !found.includes(undefined) && found.includes(true);
    }
    default:
      throw new Error(`not handled: ${op}`);
  }
}

/** Equal as JSON, whatever the order of the keys. */
export function same(a: unknown, b: unknown): boolean {
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
