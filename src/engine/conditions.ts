import type { Condition, Leaf } from "../model/condition";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
import type { Evaluation } from "../model/result";
import { compileBucketing, findRange } from "./bucketing";
import { compileDimension, type Reader } from "./dimension";
import { fail } from "./fail";
import { compileLeaf, type Probe } from "./leaf";
import { lowerCondition } from "./lower-condition";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** What conditions are compiled in. */
export interface ConditionHost {
  readonly options: EngineOptions;
  /** What is being compiled, as `rules["r1"].conditions.all[1].`: where it stands when it fails. */
  path: string;
  /** Another definition's result, as the root of a `where`; a segment's value tells whether the unit is a member. */
  refer(kind: "flag" | "segment", key: string): (session: Session) => Evaluation | undefined;
}

/** A condition, ready to be decided: a group of others, or a probe. */
export type Check = Group | (Probe & { readonly checks?: undefined; readonly core: Exclude<Condition, boolean> });

/** Ends at the first check that comes out as `stop`, and is then `found`; where none does, it is the opposite. */
export interface Group {
  readonly checks: readonly Check[];
  readonly stop: boolean;
  readonly found: boolean;
}

/** How each group begins: with what it stops at, and what it is then. */
export const GROUPS = {
  all: { stop: false, found: false },
  any: { stop: true, found: true },
  none: { stop: true, found: false },
} as const;

/** Decides about the session's context. */
export function holds(check: Check, s: Session): boolean {
  const { checks } = check;
  if (!checks) return check.test(check.read(s), s);
  for (const each of checks) if (holds(each, s) === check.stop) return check.found;
  return !check.found;
}

/** Compiles a condition tree that stands at `path`. @throws Error for one that is malformed or past the limits. */
export function compileCondition(condition: Condition, host: ConditionHost, at: string, outermost = false): Check {
  let nodes = 0;

  function compile(written: Condition, path: string, inRoot: boolean, depth: number): Check {
    host.path = path;
    if (depth > MAX_CONDITION_DEPTH || ++nodes > MAX_CONDITION_NODES) fail("too deep or too large");
    const core = lowerCondition(written);
    for (const [name, group] of Object.entries(GROUPS)) {
      const children = (core as { readonly [name: string]: readonly Condition[] })[name];
      const compileChild = (child: Condition, i: number): Check => compile(child, `${path}${name}[${i}].`, inRoot, depth + 1);
      if (children) return { checks: children.map(compileChild), ...group };
    }
    const inside = (child: Condition): Check => compile(child, path, true, depth + 1);
    return { core, ...compileOne(core as Leaf, host, inRoot, inside) };
  }

  return compile(condition, at, outermost, 1);
}

function compileOne(
  core: Exclude<Condition, boolean>,
  host: ConditionHost,
  inRoot: boolean,
  compileInside: (condition: Condition) => Check,
): Probe {
  const { options } = host;
  if ("segment" in core) return { read: readMembership(core.segment, host), test: Boolean };
  if ("flag" in core) {
    const within = compileInside(core.where);
    return { read: host.refer("flag", core.flag), test: (result, s) => someHolds([result], within, s) };
  }
  if ("some" in core) {
    const within = compileInside(core.some);
    const test: Probe["test"] = (list, s) => Array.isArray(list) && someHolds(list, within, s);
    return { read: compileDimension(core.dimension, inRoot), test };
  }
  if ("bucket" in core) {
    const test = (bucket: unknown): boolean => findRange(core.in, bucket as number) >= 0;
    return { read: compileBucketing(core.bucket, options, inRoot), test };
  }
  return "error" in core ? { read: () => fail(core.error), test: Boolean } : compileLeaf(core as Leaf, options, inRoot);
}

/** Membership counts whether the context says so or the segment's rules do. */
function readMembership(key: string, { options, refer }: ConditionHost): Reader {
  const read = refer("segment", key);
  return (s) => {
    const { segments } = s.context;
    if (Array.isArray(segments) && segments.includes(key)) return true;
    return options.autoResolveSegments !== false && (read(s) ?? fail(`segment "${key}"`)).value;
  };
}

/** Whether the check holds with any of `values` as root. */
function someHolds(values: readonly unknown[], check: Check, s: Session): boolean {
  const { root } = s;
  const held = values.some((value) => {
    s.root = value;
    return value !== undefined && holds(check, s);
  });
  s.root = root;
  return held;
}
