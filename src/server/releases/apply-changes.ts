import { RuleNotFoundError, type ValidationIssue } from "../../errors";
import type { Flag, FlagStatus } from "../../model/flag";
import type { ReleaseChange } from "./release-types";

/** The changes of one flag, each with its place in the release. */
export interface FlagChanges {
  readonly flagKey: string;
  readonly changes: readonly { readonly change: ReleaseChange; readonly index: number }[];
}

type Definition = Pick<Flag, "key" | "status" | "defaultValue" | "rollout" | "rules">;

const STATUS = { enable: "active", restore: "active", disable: "archived", kill: "killed" } as const satisfies Record<
  string,
  FlagStatus
>;

/** By flag, in the one order of keys in which flags are locked. */
export function groupByFlag(changes: readonly ReleaseChange[]): readonly FlagChanges[] {
  const groups = new Map<string, { change: ReleaseChange; index: number }[]>();
  for (const [index, change] of changes.entries()) {
    const group = groups.get(change.flagKey);
    if (group) group.push({ change, index });
    else groups.set(change.flagKey, [{ change, index }]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([flagKey, group]) => ({ flagKey, changes: group }));
}

/** The flag with the changes made, one after the other; what comes of it is yet to be validated. @throws RuleNotFoundError */
export function applyChanges<T extends Definition>(flag: T, { changes }: FlagChanges): T {
  return changes.reduce((before, { change }) => ({ ...before, ...applyChange(before, change) }), flag);
}

/** The fields that a change changes. */
function applyChange({ key, rollout, rules }: Definition, change: ReleaseChange): { [K in keyof Definition]?: unknown } {
  switch (change.action) {
    case "set_status":
      return { status: change.value };
    case "enable":
    case "restore":
    case "disable":
    case "kill":
      return { status: STATUS[change.action] };
    case "set_value":
      return { defaultValue: change.value };
    case "set_rollout":
      if (typeof change.value === "number") return { rollout: { ...rollout, percentage: change.value } };
      return { rollout: change.value ?? undefined };
    case "add_rule":
      return { rules: [...rules, change.value] };
    case "remove_rule":
      if (!rules.some(({ id }) => id === change.value)) throw new RuleNotFoundError(key, change.value);
      return { rules: rules.filter(({ id }) => id !== change.value) };
  }
}

/** What the history and webhooks call the change of a flag: what has become of its status, else what was done if that is one thing. */
export function nameOfChange(before: Flag | null, after: Flag, group?: FlagChanges): string {
  if (before === null) return "create";
  if (before.status !== after.status) return { active: "restore", killed: "kill", archived: "archive" }[after.status];
  const actions = new Set(group?.changes.map(({ change }) => change.action));
  const [only] = actions;
  return actions.size === 1 && (only === "set_rollout" || only === "add_rule" || only === "remove_rule") ? only : "update";
}

/** The change of the release that an issue of the changed flag comes from, and where in it. */
export function locateIssue(issue: ValidationIssue, { rules }: Pick<Flag, "rules">, group: FlagChanges): ValidationIssue {
  const [, name, place, rest = ""] = /^(\w+)(?:\[(\d+)\])?(.*)$/s.exec(issue.path) ?? [];
  const ruleId = rules[Number(place)]?.id;
  const cause = group.changes.findLast(({ change }) => {
    if (name === "defaultValue") return change.action === "set_value";
    if (name === "rollout") return change.action === "set_rollout";
    return name === "rules" && change.action === "add_rule" && change.value.id === ruleId;
  });
  if (cause) {
    const within = cause.change.action === "set_rollout" && typeof cause.change.value === "number" ? "" : rest;
    return { path: `changes[${cause.index}].value${within}`, message: issue.message };
  }
  const where = issue.path === "" ? "" : `${issue.path} `;
  return {
    path: `changes[${group.changes[0]?.index ?? 0}]`,
    message: `leaves the flag "${group.flagKey}" invalid: ${where}${issue.message}`,
  };
}
