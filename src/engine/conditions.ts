import type { Condition, Leaf } from "../model/condition";
import type { Evaluation } from "../model/result";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
import { compileBucketing, findRange } from "./bucketing";
import { compileDimension, type Reader } from "./dimension";
import { fail } from "./fail";
import { compileLeaf, type Probe } from "./leaf";
import { lowerCondition } from "./lower-condition";
import { withRoot, type Session } from "./session";
import type { EngineOptions } from "./types";

/** What conditions are compiled in. */
export interface ConditionHost {
  readonly options: EngineOptions;
  /** Comparisons that were compiled before, by what they were compiled from: flags with the same one share it. */
  readonly shared: Map<string, Check>;
  /** What is being compiled, as `rules["r1"].conditions.all[1].`: where it stands when it fails. */
  path: string;
  /** Another definition's result, as the root of a `where`; a segment's value tells whether the unit is a member. */
  refer(kind: "flag" | "segment", key: string): (session: Session) => Evaluation | undefined;
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
  readonly read: Reader | undefined;
  /** The call that `held` is of. Decided once a call, since flags share checks. */
  call: number;
  held: boolean;
}

const GROUPS = ["all", "any", "none"] as const;

/** Decides about the session's context. */
export function holds(check: Check, s: Session): boolean {
  if (check.call !== s.call) {
    check.held = decide(check, s);
    check.call = s.call;
  }
  return check.held;
}

function decide({ checks, stop, found, read, value, test }: Check, s: Session): boolean {
  if (checks) {
    for (let i = 0; i < checks.length; i++) if (holds(checks[i] as Check, s) === stop) return found;
    return !found;
  }
  const actual = (read as Reader)(s);
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
    const isShared = !inRoot && "op" in core;
    const text = isShared ? JSON.stringify(core) : "";
    const known = host.shared.get(text);
    if (known) return known;
    const probe = name ? undefined : compileProbe(core, host, inRoot, (child) => compile(child, path, true, depth + 1));
    const stop = name ? name !== "all" : probe?.negated === true;
    const check = {
      core,
      checks,
      stop,
      found: name === "any",
      read: probe?.read,
      value: probe?.value,
      test: probe?.test,
      call: 0,
      held: false,
    };
    if (isShared) host.shared.set(text, check);
    return check;
  }

  return compile(condition, at, outermost, 1);
}

function compileProbe(core: Core, host: ConditionHost, inRoot: boolean, compileInside: (child: Condition) => Check): Probe {
  const { options } = host;
  if ("segment" in core) return { read: readMembership(core.segment, host), value: true };
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
  return "error" in core ? { read: () => fail(core.error) } : compileLeaf(core as Leaf, options, inRoot);
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
  return values.some((value) => value !== undefined && withRoot(s, value, () => holds(check, s)));
}
