import type { Condition, Leaf } from "../model/condition";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
import type { Evaluation } from "../model/result";
import { findRange, readBucket } from "./bucketing";
import { fail } from "./fail";
import { compileLeaf, type Probe } from "./leaf";
import { lowerCondition } from "./lower-condition";
import { look, readBy, readDimension, type Reading, type Readings } from "./reading";
import { withRoot, type Session } from "./session";
import type { EngineOptions } from "./types";

/** What conditions are compiled in. */
export interface ConditionHost {
  readonly options: EngineOptions;
  readonly readings: Readings;
  /** What is being compiled, as `rules["r1"].conditions.all[1].`: where it stands when it fails. */
  path: string;
  /** Another definition's result, as the root of a `where`; a segment's value tells whether the unit is a member. */
  refer(kind: "flag" | "segment", key: string): (session: Session) => Evaluation | undefined;
}

type Core = Exclude<Condition, boolean>;

/** A condition, ready to be decided: a group of others, or a probe. */
export type Check = Group | (Probe & { readonly checks: undefined; readonly core: Core });

/** Ends at the first check that comes out as `stop`, and is then `found`; where none does, it is the opposite. */
export interface Group {
  readonly checks: readonly Check[];
  readonly stop: boolean;
  readonly found: boolean;
}

/** What each group stops at, and what it is then. */
export const GROUPS = {
  all: { stop: false, found: false },
  any: { stop: true, found: true },
  none: { stop: true, found: false },
} as const;

export function makeGroup(checks: readonly Check[], { stop, found }: { stop: boolean; found: boolean }): Check {
  return { checks, stop, found, core: undefined, reading: undefined, test: undefined } as unknown as Check;
}

/** Decides about the session's context. */
export function holds(check: Check, s: Session): boolean {
  const { checks } = check;
  if (checks === undefined) return check.test(look(check.reading, s), s);
  for (let i = 0; i < checks.length; i++) if (holds(checks[i] as Check, s) === check.stop) return check.found;
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
      if (children) return makeGroup(children.map(compileChild), group);
    }
    const inside = (child: Condition): Check => compile(child, path, true, depth + 1);
    const { reading, test } = compileOne(core, host, inRoot, inside);
    return { checks: undefined, stop: false, found: false, core, reading, test } as Check;
  }

  return compile(condition, at, outermost, 1);
}

function compileOne(core: Core, host: ConditionHost, inRoot: boolean, compileInside: (condition: Condition) => Check): Probe {
  const { options, readings } = host;
  if ("segment" in core) return { reading: readMembership(core.segment, host), test: Boolean };
  if ("flag" in core) {
    const within = compileInside(core.where);
    const test: Probe["test"] = (result, s) => someHolds([result], within, s);
    return { reading: readBy(host.refer("flag", core.flag)), test };
  }
  if ("some" in core) {
    const within = compileInside(core.some);
    const test: Probe["test"] = (list, s) => Array.isArray(list) && someHolds(list, within, s);
    return { reading: readDimension(readings, core.dimension, inRoot), test };
  }
  if ("bucket" in core) {
    const test = (bucket: unknown): boolean => findRange(core.in, bucket as number) >= 0;
    return { reading: readBucket(core.bucket, readings, options, inRoot), test };
  }
  if ("error" in core) return { reading: readBy(() => fail(core.error)), test: Boolean };
  return compileLeaf(core as Leaf, readings, options, inRoot);
}

/** Membership counts whether the context says so or the segment's rules do. */
function readMembership(key: string, { options, refer }: ConditionHost): Reading {
  const read = refer("segment", key);
  return readBy((s) => {
    const { segments } = s.context;
    if (Array.isArray(segments) && segments.includes(key)) return true;
    return options.autoResolveSegments !== false && (read(s) ?? fail(`segment "${key}"`)).value;
  });
}

/** Whether the check holds with any of `values` as root. */
function someHolds(values: readonly unknown[], check: Check, s: Session): boolean {
  return values.some((value) => value !== undefined && withRoot(s, value, () => holds(check, s)));
}
