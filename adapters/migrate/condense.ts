import type { Condition } from "../../src/model/condition";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../../src/model/limits";
import type { ImportedSegment } from "./imported";

type Group = "all" | "any" | "none";
/** What a group is divided into when it has too many parts. */
const CHUNK = 50;

/** Brings a condition within rollease's limits: what is too large for one becomes segments of its own, called after `name`. */
export function createCondenser(segments: ImportedSegment[]): (condition: Condition, name: string) => Condition {
  return (condition, name) => {
    let count = 0;
    const moveOut = (rules: Condition): Condition => {
      const key = `${name.slice(0, 200)}-part-${++count}`;
      segments.push({ key, name: key, rules });
      return { segment: key };
    };
    const [condensed] = condense(condition, moveOut, 1);
    return condensed;
  };
}

/** A condition of which no part is too large, and how many nodes it has. */
function condense(condition: Condition, moveOut: (rules: Condition) => Condition, depth: number): [Condition, number] {
  const group = groupOf(condition);
  if (!group) return [condition, countNodes(condition)];
  const [name, written] = group;
  const parts = written.length > CHUNK ? chunk(written).map((each) => asGroup(name === "all" ? "all" : "any", each)) : written;
  const sized = parts.map((part) => condense(part, moveOut, depth + 1));
  const total = (): number => sized.reduce((sum, [, size]) => sum + size, 1);
  while (total() > MAX_CONDITION_NODES) {
    const largest = sized.reduce((found, [, size], i) => (size > (sized[found] as [Condition, number])[1] ? i : found), 0);
    sized[largest] = [moveOut((sized[largest] as [Condition, number])[0]), 1];
  }
  const condensed = asGroup(
    name,
    sized.map(([part]) => part),
  );
  // Half of what is allowed, so that what stands around it and below it has room.
  return depth % (MAX_CONDITION_DEPTH / 2) === 0 ? [moveOut(condensed), 1] : [condensed, total()];
}

function groupOf(condition: Condition): [Group, readonly Condition[]] | undefined {
  if (typeof condition !== "object") return undefined;
  const name = (["all", "any", "none"] as const).find((each) => each in condition);
  return name && [name, (condition as Record<Group, readonly Condition[]>)[name]];
}

function asGroup(name: Group, parts: readonly Condition[]): Condition {
  return name === "all" ? { all: parts } : name === "any" ? { any: parts } : { none: parts };
}

function chunk(list: readonly Condition[]): Condition[][] {
  const count = Math.ceil(list.length / CHUNK);
  return Array.from({ length: count }, (_, i) => list.slice(i * CHUNK, (i + 1) * CHUNK));
}

function countNodes(condition: Condition): number {
  if (typeof condition === "boolean") return 1;
  const group = groupOf(condition);
  const within = condition as { readonly some?: Condition; readonly where?: Condition };
  const children = group?.[1] ?? [within.some, within.where].filter((each) => each !== undefined);
  return children.reduce((sum, each) => sum + countNodes(each), 1);
}
