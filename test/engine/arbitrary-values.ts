import fc from "fast-check";
import type { JsonValue } from "../../src/model/json";

// Few names and few values, so that what is generated meets.
export const FLAG_KEYS = ["alpha", "beta", "gamma", "délta-🚩"] as const;
export const SEGMENT_KEYS = ["staff", "vips", "ärzte"] as const;
export const ENVIRONMENTS = ["production", "staging"] as const;
export const STAMP = { version: 1, createdAt: "2026-01-01T00:00:00.000Z", updatedAt: "2026-01-01T00:00:00.000Z" };
export const NOW = Date.parse("2026-06-15T12:00:00Z");

/** Moments around `NOW`, in the ways in which a date may be written. */
export const DATES = [
  "2026-06-15T11:59:59Z",
  "2026-06-15T12:00:00Z",
  "2026-06-15T14:00:01+02:00",
  "2026-06-15T12:00:00.250Z",
  "2026-06-15T11:59",
  "2026-06-15T12:00:00.1",
  "2026-06-16",
] as const;
export const VERSIONS = ["1.0.0", "1.0.0-beta.2", "1.0.0-beta.11", "v1.0.1", "2", "2.1.0-rc.1+build", "0.9.10"] as const;
export const NETWORKS = ["10.0.0.0/16", "10.0.0.1", "0.0.0.0/0", "2001:db8::/32", "::1", "192.168.1.0/28"] as const;
export const ADDRESSES = ["10.0.0.1", "10.0.255.7", "192.168.1.20", "::ffff:10.0.0.1", "2001:db8::7", "0:0:0:0:0:0:0:1", "here"];

export const text = fc.constantFrom("pro", "Pro", "free", "professional", "", "7", "-0.5", "ünï", "ÜNÏ", "💥", "true", "false");
export const number = fc.constantFrom(0, 1, 7, -0.5, 1000);
export const scalar = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 1, arbitrary: number },
  { weight: 1, arbitrary: fc.boolean() },
);
export const jsonValue: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  {
    weight: 2,
    arbitrary: fc.constantFrom<JsonValue>({ a: 1, b: [2] }, { b: [2], a: 1 }, { a: { b: "pro" } }, [1, "pro"], ["Pro"]),
  },
  { weight: 1, arbitrary: fc.constant(null) },
);
export const unit = fc.oneof(
  fc.constantFrom("u1", "u2", "ärger", "\ud800"),
  fc.nat(5000).map((n) => `user-${n}`),
);
export const variantId = fc.constantFrom("a", "b");

/** A part of [0, size), the whole of it and nothing among them. */
export function rangeWithin(size: number): fc.Arbitrary<readonly [start: number, end: number]> {
  const edge = fc.constantFrom(0, 0.125, 0.25, 0.33, 0.5, 0.75, 1).map((share) => share * size);
  return fc.tuple(edge, edge).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
}

/** Present in one of so many. */
export function seldom<T>(arbitrary: fc.Arbitrary<T>, oneOf: number): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: oneOf - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** Records with most of the fields. */
export function mostOf<T>(fields: { readonly [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  const usually = (field: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 6, arbitrary: field }, { weight: 1, arbitrary: fc.constant(undefined) });
  const each = Object.entries<fc.Arbitrary<unknown>>(fields).map(([name, field]) => [name, usually(field)]);
  return fc.record(Object.fromEntries(each) as Record<string, fc.Arbitrary<unknown>>).map((all) => defined(all) as Partial<T>);
}

/** Without the fields that are `undefined`. */
export function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
