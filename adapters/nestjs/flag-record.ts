import type { Flag, FlagStatus, Override } from "../../src/model/flag";
import type { FlagInput, FlagPatch } from "../../src/server/types";
import { boolean, number, object, optional, readWith, type Schema, text } from "../../src/model/schema";
import { ruleForNobody, switched } from "./percentage";

/** A flag as this module shows it. */
export interface FeatureFlagRecord {
  readonly key: string;
  readonly description: string | null;
  /** What the flag serves where no layer above the global default answers. */
  readonly enabled: boolean;
  /** The share of users, or tenants where there is no user, that it is on for; `null` where nobody is asked for one. */
  readonly percentage: number | null;
  /** `killed` and `archived` flags are off for everybody. */
  readonly status: FlagStatus;
  /** When the flag was archived, or changed since. */
  readonly archivedAt: Date | null;
  readonly overrides: readonly Override[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface CreateFeatureFlag {
  readonly key: string;
  readonly description?: string | undefined;
  /** @defaultValue false */
  readonly enabled?: boolean | undefined;
  /**
   * 0 to 100, fractions among them. Where it is given it decides for every user and tenant, whatever `enabled` says: with 0, none is in.
   *
   * @defaultValue none: `enabled` decides
   */
  readonly percentage?: number | null | undefined;
}

/** What to change; what is left out stays. `null` takes a description or a percentage away. */
export interface UpdateFeatureFlag extends Omit<CreateFeatureFlag, "key" | "description"> {
  readonly description?: string | null | undefined;
}

function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return (value, at) => (value === null ? null : schema(value, at));
}

const percentage = optional(nullable(number({ min: 0, max: 100 })));

const created = object<CreateFeatureFlag>({
  key: text({ min: 1 }),
  description: optional(text()),
  enabled: optional(boolean),
  percentage,
});

const updated = object<UpdateFeatureFlag>({ description: optional(nullable(text())), enabled: optional(boolean), percentage });

/** @throws ValidationError that names the field */
export function toFlagInput(given: CreateFeatureFlag): FlagInput {
  const { key, description, enabled = false, percentage = null } = readWith(created, given);
  const { rollout, ...rest } = switched(key, { enabled, percentage });
  return { key, type: "boolean", ...(description !== undefined && { description }), ...rest, ...(rollout && { rollout }) };
}

/** Reads what is to be changed. @throws ValidationError that names the field */
export function parseUpdate(given: UpdateFeatureFlag): UpdateFeatureFlag {
  return readWith(updated, given);
}

/** What `update` makes of a flag. A rollout that the flag was given elsewhere stays as it is, unless a percentage takes its place. */
export function toFlagPatch(flag: Flag, update: UpdateFeatureFlag, environment: string): FlagPatch {
  const { description, enabled, percentage } = update;
  const described = description === undefined ? {} : { description };
  if (enabled === undefined && percentage === undefined) return described;
  const before = toRecord(flag, environment);
  const known = ruleForNobody(flag);
  const next = enabled ?? before.enabled;
  // What is said here holds here.
  const { [environment]: mine, ...elsewhere } = flag.environmentDefaults ?? {};
  const rest = mine !== undefined && { environmentDefaults: Object.keys(elsewhere).length > 0 ? elsewhere : null };
  if (percentage === undefined && !known) return { ...described, defaultValue: next, ...rest };
  const share = percentage === undefined ? before.percentage : percentage;
  const others = flag.rules.filter((rule) => rule !== known);
  return { ...described, ...switched(flag.key, { enabled: next, percentage: share }, { others, known }), ...rest };
}

export function toRecord(flag: Flag, environment: string): FeatureFlagRecord {
  const { key, description = null, status, rollout, overrides = [], createdAt, updatedAt } = flag;
  const usual = flag.environmentDefaults?.[environment] ?? flag.defaultValue;
  return {
    key,
    description,
    enabled: Boolean((ruleForNobody(flag) ?? { value: usual }).value),
    percentage: rollout?.percentage ?? null,
    status,
    archivedAt: status === "archived" ? new Date(updatedAt) : null,
    overrides,
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}
