import type { Snapshot } from "../../src/model/snapshot";

export function flagIsOnCircle(key: string, snapshot: Snapshot): boolean {
  return isOnCircle(`flag:${key}`, snapshot);
}

export function segmentIsOnCircle(key: string, snapshot: Snapshot): boolean {
  return isOnCircle(`segment:${key}`, snapshot);
}

/** Every flag and segment that a flag refers to, itself or through others, as `flag:KEY` and `segment:KEY`. */
export function reachedFrom(key: string, snapshot: Snapshot): ReadonlySet<string> {
  return walk(`flag:${key}`, snapshot);
}

/** Whether a walk along references comes back to where it began. */
function isOnCircle(start: string, snapshot: Snapshot): boolean {
  return walk(start, snapshot).has(start);
}

function walk(start: string, snapshot: Snapshot): Set<string> {
  const reached = new Set<string>();
  const pending = [start];
  for (const at of pending)
    for (const next of referencesOf(at, snapshot)) {
      if (!reached.has(next)) pending.push(next);
      reached.add(next);
    }
  return reached;
}

const found = new WeakMap<Snapshot, Map<string, string[]>>();

function referencesOf(node: string, snapshot: Snapshot): string[] {
  const known = found.get(snapshot) ?? new Map<string, string[]>();
  found.set(snapshot, known);
  const references = known.get(node) ?? search(node, snapshot);
  known.set(node, references);
  return references;
}

/** Every name of a flag or a segment in the conditions of a definition. Rules that are switched off are not there. */
function search(node: string, snapshot: Snapshot): string[] {
  const [kind, ...rest] = node.split(":");
  const name = rest.join(":");
  const flag = snapshot.flags.find((each) => each.key === name);
  const holder =
    kind === "flag"
      ? flag && [flag.prerequisites, flag.rules.filter((rule) => rule.enabled !== false).map((rule) => rule.conditions)]
      : snapshot.segments.find((each) => each.key === name)?.rules;
  const references: string[] = [];
  JSON.stringify(holder ?? null, (_, value: unknown) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const { flagKey, flag: other, segment } = value as Record<string, unknown>;
      if (typeof flagKey === "string") references.push(`flag:${flagKey}`);
      if (typeof other === "string") references.push(`flag:${other}`);
      if (typeof segment === "string") references.push(`segment:${segment}`);
      references.push(...membersOf(value as Record<string, unknown>).map((key) => `segment:${key}`));
    }
    return value;
  });
  return references;
}

/** The segments that a comparison of the dimension `segment` names, where it asks for membership. */
function membersOf({ dimension, attribute, field, op, operator, value, values }: Record<string, unknown>): string[] {
  if ((dimension ?? attribute ?? field) !== "segment") return [];
  const keys = [values ?? value].flat();
  const isMembership = ["eq", "neq", "in", "nin", "not_in"].includes((op ?? operator) as string);
  return isMembership && keys.every((key) => typeof key === "string") ? keys : [];
}
