import type { Condition, Leaf } from "../model/condition";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
import { compileBucketing, findRange } from "./bucketing";
import type { ConditionHost, Predicate, Probe, Shared, Slot } from "./compiled";
import type { CoreLine } from "./core";
import { compileDimension, type Reader } from "./dimension";
import { fail } from "./fail";
import { compileLeaf } from "./leaf";
import { lowerCondition } from "./lower-condition";
import { withRoot, type Session } from "./session";

type Core = Exclude<Condition, boolean>;
type CoreCondition = NonNullable<CoreLine["when"]>;
type Groups = { readonly [name in (typeof GROUPS)[number]]: readonly Condition[] };
const GROUPS = ["all", "any", "none"] as const;
/** How many conditions are kept to be shared; past it, it begins anew. */
const MAX_SHARED = 1000;

/** Compiles what a line asks for, which stands at `path`. @throws Error as `compileCondition` does. */
export function compileShared(condition: CoreCondition, host: ConditionHost, path: string): Shared {
  const { shared, refs } = host;
  const text = JSON.stringify(condition);
  const known = shared.get(text);
  if (known) return known;
  const count = refs.length;
  const made = { predicate: compileCondition(condition, host, path), call: 0, held: false };
  if (shared.size > MAX_SHARED) shared.clear();
  if (refs.length === count) shared.set(text, made);
  return made;
}

/** Whether the condition holds. Decided once a call, since flags share it. */
export function holds(condition: Shared, s: Session): boolean {
  if (condition.call !== s.call || s.log) {
    condition.held = condition.predicate(s);
    condition.call = s.call;
  }
  return condition.held;
}

/** Compiles a condition tree that stands at `path`. @throws Error for one that is malformed or past the limits. */
export function compileCondition(condition: CoreCondition, host: ConditionHost, at: string, outermost = false): Predicate {
  let nodes = 0;

  function compile(written: CoreCondition, path: string, inRoot: boolean, depth: number): Predicate {
    host.path = path;
    if (depth > MAX_CONDITION_DEPTH || ++nodes > MAX_CONDITION_NODES) fail("too large");
    const core = lowerCondition(written, inRoot);
    const name = GROUPS.find((each) => each in core);
    if (name) {
      const pathOf = (i: number): string => (Array.isArray(written) ? path : `${path}${name}[${i}].`);
      const children = (core as Groups)[name].map((child, i) => compile(child, pathOf(i), inRoot, depth + 1));
      return group(children, name !== "all", name === "any");
    }
    const { where, some: inner = where } = core as { readonly where?: Condition; readonly some?: Condition };
    const within = inner === undefined ? undefined : compile(inner, path, true, depth + 1);
    return probe(core, compileProbe(core, host, inRoot, within));
  }

  return compile(condition, at, outermost, 1);
}

/** Ends at the first that comes out as `stop`, and is then `found`; where none does, it is the opposite. */
function group(predicates: readonly Predicate[], stop: boolean, found: boolean): Predicate {
  return predicates.reduceRight<Predicate>(
    (rest, each) => (s) => (each(s) === stop ? found : rest(s)),
    () => !found,
  );
}

function probe(core: Core, { read, value, test, negated = false }: Probe): Predicate {
  return (s) => {
    const actual = read(s);
    const held =
      (actual != null && (test ? test(actual, s) : actual === value || (Array.isArray(actual) && actual.includes(value)))) !==
      negated;
    s.log?.(core, actual, held);
    return held;
  };
}

function compileProbe(core: Core, host: ConditionHost, inRoot: boolean, within: Predicate | undefined): Probe {
  const { options } = host;
  if ("segment" in core) return { read: readMembership(core.segment, host), value: true };
  const test: Probe["test"] = (list, s) =>
    Array.isArray(list) && list.some((root) => root !== undefined && withRoot(s, root, within as Predicate));
  if ("flag" in core) {
    const slot = referTo("flag", core.flag, host);
    return { read: (s) => [host.refer(slot, s)], test };
  }
  if ("some" in core) return { read: compileDimension(core.dimension, inRoot), test };
  if ("bucket" in core)
    return { read: compileBucketing(core.bucket, options, inRoot), test: (bucket) => !!findRange(core.in, bucket as number) };
  return "error" in core ? { read: () => fail(core.error) } : compileLeaf(core as Leaf, options, inRoot);
}

/** Membership counts whether the context says so or the segment's rules do. */
function readMembership(key: string, host: ConditionHost): Reader {
  const slot = referTo("segment", key, host);
  return (s) => {
    const { segments } = s.context;
    if (Array.isArray(segments) && segments.includes(key)) return true;
    return host.options.autoResolveSegments !== false && (host.refer(slot, s) ?? fail(`segment "${key}"`)).value;
  };
}

function referTo(kind: Slot["kind"], key: string, { slot, refs }: ConditionHost): Slot {
  const found = slot(kind, key);
  refs.push(found);
  return found;
}
