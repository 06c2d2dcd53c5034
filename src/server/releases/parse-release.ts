import type { FlagStatus, Rollout } from "../../model/flag";
import { FLAG_STATUSES } from "../../model/flag";
import { isUsableKey } from "../../model/limits";
import { key } from "../../model/parse-condition";
import { rollout } from "../../model/parse-flag";
import { rule } from "../../model/parse-rule";
import {
  boolean,
  date,
  fail,
  field,
  isRecord,
  json,
  list,
  number,
  object,
  oneOf,
  optional,
  readWith,
  type Schema,
  text,
} from "../../model/schema";
import { RELEASE_STATUSES, type ReleaseQuery, type ReleaseRow } from "../../ports/database-adapter";
import type { ReleaseChange } from "./release-types";

const MAX_CHANGES = 500;
const ACTIONS = [
  "set_status",
  "set_value",
  "set_rollout",
  "enable",
  "disable",
  "kill",
  "restore",
  "add_rule",
  "remove_rule",
] as const satisfies readonly ReleaseChange["action"][];
const ALIASES: ReadonlyMap<unknown, ReleaseChange["action"]> = new Map([
  ["setValue", "set_value"],
  ["setRollout", "set_rollout"],
]);

const rolloutChange: Schema<Rollout | number | null> = (value, at) => {
  if (value === null) return null;
  return typeof value === "number" ? number({ min: 0, max: 100 })(value, at) : rollout(value, at);
};

// `true` says no more than the action does; anything else might be meant to say something.
const nothing: Schema<undefined> = (value, at) =>
  value === undefined || value === null || value === true ? undefined : fail(at, "must be left out: the action says it all");

const ruleId: Schema<string> = (value, at) =>
  isUsableKey(value) ? key(value, at) : fail(at, value === undefined ? "is required" : "must be the id of a rule");

/** Rules get their ids here, once, so that what is previewed is what is deployed. */
const newRule: Schema<object> = (value, at) => {
  const read = rule(value, at);
  return { ...read, id: read?.id ?? crypto.randomUUID() };
};

const VALUES: { readonly [A in ReleaseChange["action"]]: Schema<unknown> } = {
  set_status: oneOf<FlagStatus>(FLAG_STATUSES),
  set_value: json,
  set_rollout: rolloutChange,
  enable: nothing,
  disable: nothing,
  kill: nothing,
  restore: nothing,
  add_rule: newRule,
  remove_rule: ruleId,
};

const change: Schema<ReleaseChange> = (value, at) => {
  if (!isRecord(value)) return fail(at, "must be {flagKey, action, value}");
  const action = oneOf(ACTIONS)(ALIASES.get(value.action) ?? value.action, field(at, "action"));
  return object<{ flagKey: string; action: string; value?: unknown }>({
    flagKey: key,
    action: () => action,
    value: ACTIONS.includes(action) ? VALUES[action] : () => undefined,
  })(value, at) as ReleaseChange;
};

const changes: Schema<readonly ReleaseChange[]> = (value, at) => {
  const read = list(change, { max: MAX_CHANGES })(value, at);
  return Array.isArray(read) && read.length === 0 ? fail(at, "must not be empty") : read;
};

const editable = {
  name: text({ min: 1, max: 256 }),
  description: optional(text()),
  changes,
  scheduledAt: optional(date),
};

/** What of a release may be changed after it is created. */
export interface EditableRelease {
  readonly name: string;
  readonly description?: string;
  readonly changes: readonly ReleaseChange[];
  readonly scheduledAt?: string;
}

export interface ReleaseDefinition extends EditableRelease {
  readonly environment?: string;
  readonly requiresApproval?: boolean;
}

const definition = object<ReleaseDefinition>({
  ...editable,
  environment: optional(text({ min: 1, max: 256 })),
  requiresApproval: optional(boolean),
});

/** Reads a new release. @throws ValidationError that names each field, as `changes[2].value` */
export function parseRelease(input: unknown): ReleaseDefinition {
  return readWith(definition, input);
}

/** Reads what was changed of a release. @throws ValidationError */
export function parseEditable(input: unknown): EditableRelease {
  return readWith(object<EditableRelease>(editable), input);
}

const query = object<ReleaseQuery>({
  status: (value, at) =>
    Array.isArray(value) ? list(oneOf(RELEASE_STATUSES))(value, at) : optional(oneOf(RELEASE_STATUSES))(value, at),
  environment: optional(text({ min: 1, max: 256 })),
  dueAt: optional(date),
  limit: optional(number({ min: 1, max: 1_000, integer: true })),
  offset: optional(number({ min: 0, max: Number.MAX_SAFE_INTEGER, integer: true })),
});

/** Reads what is asked for of the releases. @throws ValidationError */
export function parseReleaseQuery(input: unknown): ReleaseQuery {
  return readWith(query, input);
}

/** The changes of a stored release, which were read by `parseRelease` before they were stored. */
export function changesOf({ changes: stored }: Pick<ReleaseRow, "changes">): readonly ReleaseChange[] {
  return stored as unknown as readonly ReleaseChange[];
}
