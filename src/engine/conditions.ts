import type { Condition, Leaf } from "../model/condition";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
import { compileBucketing, findRange } from "./bucketing";
import { compileDimension, type Reader } from "./dimension";
import { fail } from "./fail";
import { compileLeaf } from "./leaf";
import type { CoreLine } from "./core";
import { lowerCondition } from "./lower-condition";
import type { Slot } from "./ruleset";
import { withRoot, type Session } from "./session";
import type { EngineOptions } from "./types";

/** What conditions are compiled in. */
export interface ConditionHost {
  readonly options: EngineOptions;
  /** What was compiled before, by what from: flags with the same condition share it. */
  readonly shared: Map<string, Check>;
  /** What is being compiled, as `rules["r1"].conditions.all[1].`: where it stands when it fails. */
  path: string;
  /** The place of another definition, whether there is one or not yet. */
  slot(kind: Slot["kind"], key: string): Slot;
  /** The result of another definition; a segment's value tells whether the unit is a member. */
  refer(slot: Slot, s: Session): Slot["result"];
}

/** What is known of a condition that is no group: what it looks at, and what that has to be, if it is there at all. */
export interface Probe {
  readonly read: Reader;
  /** Holds for this value, and lists with it. By far the most frequent comparison: a `test` would cost a call. */
  readonly value?: unknown;
  readonly test?: ((actual: unknown, s: Session, check: Check) => boolean) | undefined;
  /** Turns the answer round. */
  readonly negated?: boolean;
  /** What it refers to. */
  readonly slot?: Slot;
}

/** A condition, ready to be decided: a group of others, or a probe, which reads something. */
export interface Check {
  /** What it was compiled from. */
  readonly core: Core;
  /** Of a group: what of its checks has to hold. */
  readonly name: keyof Groups | undefined;
  /** Of a group; or what the elements of a list are held against. */
  readonly checks: readonly Check[];
  readonly read: Reader | undefined;
  readonly value: unknown;
  readonly test: Probe["test"];
  readonly negated: boolean | undefined;
  readonly slot: Slot | undefined;
  /** The call that `held` is of. Decided once a call, since flags share checks. */
  call: number;
  held: boolean;
}

type Core = Exclude<Condition, boolean>;
type CoreCondition = NonNullable<CoreLine["when"]>;
type Groups = { readonly [name in (typeof GROUPS)[number]]: readonly Condition[] };
const GROUPS = ["all", "any", "none"] as const;
/** How many conditions are kept to be shared; past it, it begins anew. */
const MAX_SHARED = 1000;

/** What a condition comes out as in this call. */
export function recall(check: Check, s: Session): boolean {
  if (check.call !== s.call) {
    check.held = holds(check, s);
    check.call = s.call;
  }
  return check.held;
}

/** Decides about the session's context. */
export function holds(check: Check, s: Session): boolean {
  const { name, checks, read, value, test, negated = false } = check;
  if (read === undefined) {
    for (let i = 0; i < checks.length; i++) if (holds(checks[i] as Check, s) === stopOf(check)) return name === "any";
    return name !== "any";
  }
  const actual = read(s);
  if (actual == null) return negated;
  return (test ? test(actual, s, check) : actual === value || (Array.isArray(actual) && actual.includes(value))) !== negated;
}

/** What a group ends at: the first of its checks that comes out so decides. */
export function stopOf({ name }: Check): boolean {
  return name !== "all";
}

/** Compiles a condition tree that stands at `path`. @throws Error for one that is malformed or past the limits. */
export function compileCondition(condition: CoreCondition, host: ConditionHost, at: string, outermost = false): Check {
  const { shared } = host;
  let nodes = 0;

  function compile(written: CoreCondition, path: string, inRoot: boolean, depth: number): Check {
    host.path = path;
    if (depth > MAX_CONDITION_DEPTH || ++nodes > MAX_CONDITION_NODES) fail("too deep or too large");
    const core = lowerCondition(written);
    const text = !inRoot && (depth < 2 || "op" in core) ? JSON.stringify(core) : "";
    const known = shared.get(text);
    if (known) return known;
    const name = GROUPS.find((each) => each in core);
    const { where, some: inner = where } = core as { readonly where?: Condition; readonly some?: Condition };
    const checks = name
      ? (core as Groups)[name].map((child, i) =>
          compile(child, Array.isArray(written) ? path : `${path}${name}[${i}].`, inRoot, depth + 1),
        )
      : inner === undefined
        ? []
        : [compile(inner, path, true, depth + 1)];
    const { read, value, test, negated, slot }: Partial<Probe> = name ? {} : compileProbe(core, host, inRoot);
    const check = { core, name, checks, read, value, test, negated, slot, call: 0, held: false };
    if (shared.size > MAX_SHARED) shared.clear();
    if (text) shared.set(text, check);
    return check;
  }

  return compile(condition, at, outermost, 1);
}

function compileProbe(core: Core, host: ConditionHost, inRoot: boolean): Probe {
  const { options } = host;
  if ("segment" in core) return compileMembership(core.segment, host);
  if ("flag" in core) {
    const slot = host.slot("flag", core.flag);
    return { read: (s) => [host.refer(slot, s)], test: someHolds, slot };
  }
  if ("some" in core) return { read: compileDimension(core.dimension, inRoot), test: someHolds };
  if ("bucket" in core) {
    const test = (bucket: unknown): boolean => !!findRange(core.in, bucket as number);
    return { read: compileBucketing(core.bucket, options, inRoot), test };
  }
  return "error" in core ? { read: () => fail(core.error) } : compileLeaf(core as Leaf, options, inRoot);
}

/** Membership counts whether the context says so or the segment's rules do. */
function compileMembership(key: string, host: ConditionHost): Probe {
  const slot = host.slot("segment", key);
  const read: Reader = (s) => {
    const { segments } = s.context;
    if (Array.isArray(segments) && segments.includes(key)) return true;
    return host.options.autoResolveSegments !== false && (host.refer(slot, s) ?? fail(`segment "${key}"`)).value;
  };
  return { read, value: true, slot };
}

/** Whether what elements are held against holds with any of them as root. */
function someHolds(list: unknown, s: Session, { checks }: Check): boolean {
  const held = (value: unknown): boolean => value !== undefined && withRoot(s, value, () => holds(checks[0] as Check, s));
  return Array.isArray(list) && list.some(held);
}
