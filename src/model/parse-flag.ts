import { checkFlag, SERVED } from "./check-flag";
import {
  type Flag,
  FLAG_STATUSES,
  FLAG_TYPES,
  type FlagPrerequisite,
  type Prerequisite,
  type Rollout,
  type Rule,
  type Variant,
} from "./flag";
import { bucketing, condition, key } from "./parse-condition";
import { newKey } from "./parse-segment";
import { outcome, override, rule, type WrittenRule } from "./parse-rule";
import {
  boolean,
  date,
  isRecord,
  json,
  list,
  number,
  object,
  oneOf,
  optional,
  readWith,
  record,
  type Schema,
  text,
} from "./schema";
import { ValidationError } from "../errors";

/** A flag without what the server keeps about it. */
export type FlagDefinition = Omit<Flag, "version" | "createdAt" | "updatedAt" | "locked" | "lockedReason">;
type WrittenFlag = Omit<FlagDefinition, "rules"> & { readonly rules: readonly WrittenRule[] };

export interface ParseFlagOptions {
  /** A new flag has a stricter key, and must have a default value. */
  readonly isNew: boolean;
  /** Makes the ids of rules that come without one. */
  readonly newRuleId: () => string;
}

const name = text({ min: 1, max: 256 });

export const rollout: Schema<Rollout> = object<Rollout>({
  percentage: number({ min: 0, max: 100 }),
  hashKey: optional(name),
  salt: optional(text({ max: 256 })),
  sticky: optional(boolean),
  value: optional(json),
  bucketing: optional(bucketing),
});

const variant: Schema<Variant> = object<Variant>({
  key,
  name: optional(text()),
  value: json,
  weight: number({ min: 0, max: 1e9 }),
});

const prerequisite: Schema<Prerequisite> = (value, at) =>
  isRecord(value) && "flagKey" in value
    ? object<FlagPrerequisite>({ flagKey: key, value: optional(json), variant: optional(key) })(value, at)
    : condition(value, at);

function flag(isNew: boolean): Schema<WrittenFlag> {
  const read = object<WrittenFlag>({
    key: isNew ? newKey : key,
    type: oneOf(FLAG_TYPES),
    status: (value, at) => (value === undefined ? "active" : oneOf(FLAG_STATUSES)(value, at)),
    defaultValue: isNew ? json : optional(json),
    offValue: optional(json),
    name: optional(text()),
    description: optional(text()),
    tags: optional(list(text({ min: 1, max: 256 }))),
    namespace: optional(name),
    environment: optional(name),
    environments: optional(list(name)),
    environmentDefaults: optional(record(json)),
    rollout: optional(rollout),
    variants: optional(list(variant)),
    rules: (value, at) => (value === undefined ? [] : list(rule)(value, at)),
    overrides: optional(list(override, { max: 10_000 })),
    prerequisites: optional(list(prerequisite, { max: 100 })),
    off: optional(outcome),
    fallthrough: optional(outcome),
    scheduledAt: optional(date),
    expiresAt: optional(date),
    clientVisible: optional(boolean),
    permanent: optional(boolean),
    owner: optional(text()),
  });
  return read;
}

/** Reads a flag, gives its rules ids and priorities, and checks what its parts say about each other. @throws ValidationError */
export function parseFlag(input: unknown, { isNew, newRuleId }: ParseFlagOptions): FlagDefinition {
  const written = readWith(flag(isNew), input);
  const definition = { ...written, rules: completeRules(written, newRuleId) };
  const issues = checkFlag(definition);
  if (issues.length > 0) throw new ValidationError(issues);
  return definition;
}

/** A rule without a priority comes after all that were written before it. One of a boolean flag serves `true` if it says nothing. */
function completeRules({ type, rules }: WrittenFlag, newRuleId: () => string): readonly Rule[] {
  let last = -1;
  return rules.map((written) => {
    const priority = written.priority ?? last + 1;
    last = Math.max(last, priority);
    const silent = type === "boolean" && written.isHoldout !== true && SERVED.every((name) => written[name] === undefined);
    return { ...written, ...(silent && { value: true }), id: written.id ?? newRuleId(), priority };
  });
}
