import type { Flag, FlagType, Outcome, Rule } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import type { Snapshot } from "../../src/model/snapshot";

/** The same definitions as somebody could have written them: values of the flag's type, dates with a zone, storable text. */
export function toStorable(snapshot: Snapshot): Snapshot {
  const stored = JSON.parse(JSON.stringify(snapshot).replaceAll("\\ud800", "\\ufffd")) as Snapshot;
  return { ...stored, flags: stored.flags.map(toStorableFlag) };
}

function toStorableFlag(flag: Flag): Flag {
  const fit = fitterFor(flag.type);
  const outcome = (each: Outcome | undefined): Outcome | undefined => each && fit(each);
  const rules = flag.rules.map((rule) => toStorableRule(rule, fit));
  const at = (text: string | undefined): string | undefined =>
    text && new Date(/T.*(Z|\+.*)$/.test(text) || !text.includes("T") ? text : `${text}Z`).toISOString();
  const [scheduledAt, expiresAt] = [at(flag.scheduledAt), at(flag.expiresAt)];
  const keptUntil = scheduledAt && expiresAt && scheduledAt >= expiresAt ? undefined : expiresAt;
  const { environment, defaultValue, offValue, environmentDefaults = {} } = flag;
  const changed = {
    rules,
    off: outcome(flag.off),
    fallthrough: outcome(flag.fallthrough),
    variants: flag.variants?.map(fit),
    rollout: flag.rollout && fit(flag.rollout),
    overrides: flag.overrides?.filter(isFirst).map(fit),
    defaultValue: fit({ value: defaultValue }).value,
    offValue: fit({ value: offValue }).value,
    environmentDefaults: Object.fromEntries(
      Object.entries(environmentDefaults).map(([name, value]) => [name, fit({ value }).value]),
    ),
    environments: environment === undefined ? flag.environments : undefined,
    scheduledAt,
    expiresAt: keptUntil,
  };
  return JSON.parse(JSON.stringify({ ...flag, ...changed })) as Flag;
}

function isFirst<T extends { readonly scope: string; readonly id: string }>(one: T, i: number, all: readonly T[]): boolean {
  return all.findIndex((other) => other.scope === one.scope && other.id === one.id) === i;
}

type Fit = <T extends { readonly value?: JsonValue | undefined }>(holder: T) => T;

/** Makes values be of the type. */
function fitterFor(type: FlagType): Fit {
  const make: Partial<Record<FlagType, (value: JsonValue) => JsonValue>> = {
    boolean: Boolean,
    string: JSON.stringify,
    number: (value) => Number(value) || 0,
  };
  return (holder) => {
    const { value } = holder;
    return value === undefined ? holder : { ...holder, value: make[type]?.(value) ?? value };
  };
}

/** A rule with a priority, whose ranges stand side by side. */
function toStorableRule(rule: Rule, fit: Fit): Rule {
  const { split, outcome } = rule;
  let last = 0;
  const ranges = split?.ranges.flatMap(([start, end, each]) => {
    if (start < last) return [];
    last = end;
    return [[start, end, each && fit(each)] as const];
  });
  return fit({
    ...rule,
    priority: rule.priority ?? 0,
    ...(outcome && { outcome: fit(outcome) }),
    ...(split && ranges && { split: { ...split, ranges, ...(split.rest && { rest: fit(split.rest) }) } }),
  });
}
