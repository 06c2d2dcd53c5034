import type { Outcome, Override, Rule, Split } from "./flag";
import { bucketing, condition, key } from "./parse-condition";
import { boolean, element, fail, json, list, number, object, oneOf, optional, type Schema, text } from "./schema";

/** A rule as it comes in: an id and a priority are given to those without. */
export type WrittenRule = Omit<Rule, "id"> & { readonly id?: string };

export const outcome: Schema<Outcome> = object<Outcome>({
  value: optional(json),
  variant: optional(key),
  enabled: optional(boolean),
});

const splitRange: Schema<Split["ranges"][number]> = (value, at) => {
  if (!Array.isArray(value) || value.length !== 3) return fail(at, "must be [start, end, outcome]");
  const start = number({ min: 0 })(value[0], element(at, 0));
  const end = number({ min: 0 })(value[1], element(at, 1));
  if (start > end) return fail(at, "must start before it ends");
  return [start, end, value[2] === null ? null : outcome(value[2], element(at, 2))];
};

export const rule: Schema<WrittenRule> = object<WrittenRule>({
  id: optional(key),
  priority: optional(number({ min: -2_147_483_648, max: 2_147_483_647, integer: true })),
  name: optional(text()),
  conditions: condition,
  enabled: optional(boolean),
  rolloutPct: optional(number({ min: 0, max: 100 })),
  isHoldout: optional(boolean),
  sticky: optional(boolean),
  value: optional(json),
  variantId: optional(key),
  distribution: optional(
    list(object<{ variantId: string; weight: number }>({ variantId: key, weight: number({ min: 0, max: 1e9 }) })),
  ),
  outcome: optional(outcome),
  split: optional(object<Split>({ by: bucketing, ranges: list(splitRange), rest: optional(outcome) })),
});

export const override: Schema<Override> = object<Override>({
  scope: oneOf(["user", "tenant", "environment"]),
  id: text({ min: 1, max: 512 }),
  value: optional(json),
  variantId: optional(key),
});
