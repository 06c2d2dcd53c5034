import murmur from "murmurhash3js-revisited";
import type { Algorithm } from "../../src/engine/types";
import type { Bucketing, Dimension } from "../../src/model/condition";
import type { FlagContext } from "../../src/model/context";
import type { Snapshot } from "../../src/model/snapshot";

/** What the interpreter answers, to be compared with the engine's result. */
export interface NaiveResult {
  value: unknown;
  variant: string | null;
  enabled: boolean;
  reason: string;
  ruleId: string | null;
}

export interface NaiveWorld {
  snapshot: Snapshot;
  context: FlagContext;
  now: number;
  fallback: unknown;
  assignments: Record<string, Record<string, string>>;
  overrides: Record<string, unknown>;
  resolvesSegments: boolean;
  /** Assignments that were made on the way. */
  made: [flagKey: string, unit: string, variant: string][];
  /** Told of whatever is met, by name; for counting what was compared. */
  note: (what: string) => void;
  /** Another flag's result, as conditions see it; `undefined` where there is none to build on. */
  refer: (key: string, world: NaiveWorld) => NaiveResult | undefined;
}

/** What stands in for the context inside `some` and `where`. */
export type Root = { readonly value: unknown } | undefined;

export function environmentOf({ context, snapshot }: NaiveWorld): string | undefined {
  return context.environment ?? snapshot.environment;
}

/** The value of a dimension; `undefined` where it is missing. */
export function read(dimension: Dimension, world: NaiveWorld, root: Root): unknown {
  if (typeof dimension === "object" && "first" in dimension)
    return dimension.first.map((each) => read(each, world, root)).find((value) => value !== undefined && value !== null);
  const holder = root ? root.value : world.context.attributes;
  if (typeof dimension !== "string") return walk(holder, dimension);
  if (dimension === "$now") return world.now;
  if (!root) {
    if (dimension === "environment") return environmentOf(world);
    if (dimension === "segment") return world.context.segments;
    if (["userId", "userType", "region", "version", "ip", "tenantId"].includes(dimension))
      return world.context[dimension as "userId"];
  }
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

/** What is bucketed: text that is not empty, or a number as its text. */
export function unitOf(dimension: Dimension, world: NaiveWorld, root?: Root): string | undefined {
  const value = read(dimension, world, root);
  if (typeof value === "number") return `${value}`;
  return typeof value === "string" && value.length > 0 ? value : undefined;
}

function hashOf(text: string, seed: number): number {
  return murmur.x86.hash32([...new TextEncoder().encode(text)] as never, seed) / 4294967296;
}

export function bucketOf(text: string): number {
  return hashOf(text, 0) * 100;
}

/** Some algorithm that depends on all that it is handed. */
export const sumOf: Algorithm = (text, seed, size, encoding) => {
  const bytes = encoding === "utf8" ? [...new TextEncoder().encode(text)] : Array.from(text, (_, i) => text.charCodeAt(i) & 255);
  return (bytes.reduce((sum, byte, i) => sum + byte * (i + 31), seed) * 7919) % size;
};

/** The bucket of a unit; `undefined` where the context has none. */
export function naiveBucket(by: Bucketing, world: NaiveWorld, root?: Root): number | undefined {
  const unit = unitOf(by.unit, world, root);
  world.note(`bucket by ${by.algorithm}${unit === undefined ? (by.missing === 0 ? ", missing as 0" : ", missing") : ""}`);
  if (unit === undefined) return by.missing;
  const text = `${by.prefix ?? ""}${unit}${by.suffix ?? ""}`;
  const size = by.size ?? 100;
  return by.algorithm === "sum" ? sumOf(text, by.seed ?? 0, size, by.text ?? "utf8") : hashOf(text, by.seed ?? 0) * size;
}
