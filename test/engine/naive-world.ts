import murmur from "murmurhash3js-revisited";
import type { Bucketing } from "../../src/model/condition";
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
  /** Assignments that were made on the way. */
  made: [flagKey: string, unit: string, variant: string][];
  /** Another flag's result, as conditions see it. */
  refer?: (key: string, world: NaiveWorld) => NaiveResult | undefined;
}

export function environmentOf({ context, snapshot }: NaiveWorld): string | undefined {
  return context.environment ?? snapshot.environment;
}

export function unitOf(name: string, { context }: NaiveWorld): string | undefined {
  const value: unknown = name === "userId" ? context.userId : name === "tenantId" ? context.tenantId : context.attributes?.[name];
  if (typeof value === "number") return `${value}`;
  return typeof value === "string" && value.length > 0 ? value : undefined;
}

export function bucketOf(text: string): number {
  return (murmur.x86.hash32([...new TextEncoder().encode(text)] as never, 0) / 4294967296) * 100;
}

export function naiveBucket(by: Bucketing, world: NaiveWorld): number | undefined {
  const unit = unitOf(by.unit as string, world);
  if (unit === undefined) return by.missing;
  const hash = murmur.x86.hash32(
    [...new TextEncoder().encode(`${by.prefix ?? ""}${unit}${by.suffix ?? ""}`)] as never,
    by.seed ?? 0,
  );
  return (hash / 4294967296) * (by.size ?? 100);
}
