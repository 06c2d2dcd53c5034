import type { Condition, Leaf } from "../model/condition";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
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
  refer(kind: "flag" | "segment", key: string): Reading;
}

type Core = Exclude<Condition, boolean>;

/** A condition, ready to be decided: a group of others, or a probe. */
export interface Check extends Pick<Probe, "value" | "test"> {
  /** What it was compiled from. */
  readonly core: Core;
  /** Of a group. It ends at the first that comes out as `stop`, and is then `found`; else, it is the opposite. */
  readonly checks: readonly Check[] | undefined;
  readonly stop: boolean;
  readonly found: boolean;
  /** Of a probe. */
  readonly reading: Reading | undefined;
}

const GROUPS = ["all", "any", "none"] as const;

/** Decides about the session's context. */
export function holds(check: Check, s: Session): boolean {
  const { checks, stop } = check;
  if (checks) {
    for (let i = 0; i < checks.length; i++) if (holds(checks[i] as Check, s) === stop) return check.found;
    return !check.found;
  }
  const { value, test } = check;
  const actual = look(check.reading as Reading, s);
  if (actual == null) return stop;
  return (test ? test(actual, s) : actual === value || (Array.isArray(actual) && actual.includes(value))) !== stop;
}

/** Compiles a condition tree that stands at `path`. @throws Error for one that is malformed or past the limits. */
export function compileCondition(condition: Condition, host: ConditionHost, at: string, outermost = false): Check {
  let nodes = 0;

  function compile(written: Condition, path: string, inRoot: boolean, depth: number): Check {
    host.path = path;
    if (depth > MAX_CONDITION_DEPTH || ++nodes > MAX_CONDITION_NODES) fail("too deep or too large");
    const core = lowerCondition(written) as Core & { readonly [name in (typeof GROUPS)[number]]: readonly Condition[] };
    const name = GROUPS.find((each) => each in core);
    const checks = name && core[name].map((child, i) => compile(child, `${path}${name}[${i}].`, inRoot, depth + 1));
    const probe = name ? undefined : compileProbe(core, host, inRoot, (child) => compile(child, path, true, depth + 1));
    const stop = name ? name !== "all" : probe?.negated === true;
    return { core, checks, stop, found: name === "any", reading: probe?.reading, value: probe?.value, test: probe?.test };
  }

  return compile(condition, at, outermost, 1);
}

function compileProbe(core: Core, host: ConditionHost, inRoot: boolean, compileInside: (child: Condition) => Check): Probe {
  const { options, readings } = host;
  if ("segment" in core) return { reading: readMembership(core.segment, host), value: true };
  if ("flag" in core) {
    const within = compileInside(core.where);
    return { reading: host.refer("flag", core.flag), test: (result, s) => someHolds([result], within, s) };
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
  if ("error" in core) return { reading: readBy(() => fail(core.error)) };
  return compileLeaf(core as Leaf, readings, options, inRoot);
}

/** Membership counts whether the context says so or the segment's rules do. */
function readMembership(key: string, { options, refer }: ConditionHost): Reading {
  const result = refer("segment", key);
  return readBy((s) => {
    const { segments } = s.context;
    if (Array.isArray(segments) && segments.includes(key)) return true;
    if (options.autoResolveSegments === false) return false;
    return ((look(result, s) ?? fail(`segment "${key}"`)) as { readonly value: unknown }).value;
  });
}

/** Whether the check holds with any of `values` as root. */
function someHolds(values: readonly unknown[], check: Check, s: Session): boolean {
  return values.some((value) => value !== undefined && withRoot(s, value, () => holds(check, s)));
}
