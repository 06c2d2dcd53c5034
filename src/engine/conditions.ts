import type { Condition, Leaf } from "../model/condition";
import type { Evaluation } from "../model/result";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
import { compileBucketing, findRange } from "./bucketing";
import { DefinitionError, within } from "./definition-error";
import { compileDimension, type Reader, type Scope } from "./dimension";
import { compileLeaf, type Predicate } from "./leaf";
import { lowerCondition } from "./lower-condition";
import type { Session } from "./session";
import type { EngineOptions } from "./types";

/** What a condition may refer to. */
export interface ConditionHost {
  readonly options: EngineOptions;
  /** Another definition's result, as the root of a `where`; a segment's value tells whether the unit is a member. */
  refer(kind: "flag" | "segment", key: string): (session: Session) => Evaluation | undefined;
  /** Told of each condition that is evaluated, groups aside, and whether it holds; it answers the same. */
  readonly spy?: (condition: Condition, holds: boolean) => boolean;
}

/** Compiles a condition tree. @throws DefinitionError for one that is malformed or past the limits. */
export function compileCondition(condition: Condition, host: ConditionHost, outermost: Scope = "context"): Predicate {
  const { options, spy } = host;
  let nodes = 0;

  function compile(written: Condition, scope: Scope, depth: number): Predicate {
    if (depth > MAX_CONDITION_DEPTH || ++nodes > MAX_CONDITION_NODES) throw new DefinitionError("too deep or too large");
    const core = lowerCondition(written);
    const list = (name: string, conditions: readonly Condition[]): Predicate[] =>
      conditions.map((each, i) => within(`${name}[${i}]`, () => compile(each, scope, depth + 1)));
    if ("all" in core) return every(list("all", core.all));
    if ("any" in core) return some(list("any", core.any));
    if ("none" in core) return not(some(list("none", core.none)));
    const test = compileOne(core, scope, depth);
    return spy ? (s) => spy(core, test(s)) : test;
  }

  function compileOne(core: ReturnType<typeof lowerCondition>, scope: Scope, depth: number): Predicate {
    if ("segment" in core) return isMember(core.segment, host);
    if ("flag" in core) return withRoot(host.refer("flag", core.flag), compile(core.where, "root", depth + 1), false);
    if ("some" in core) return withRoot(compileDimension(core.dimension, scope), compile(core.some, "root", depth + 1), true);
    if ("bucket" in core) {
      const bucket = compileBucketing(core.bucket, scope, options);
      return (s) => findRange(core.in, bucket(s)) >= 0;
    }
    if (!("error" in core)) return compileLeaf(core as Leaf, scope, options);
    return () => {
      throw new Error(core.error);
    };
  }

  return compile(condition, outermost, 1);
}

/** Membership counts whether the context says so or the segment's rules do. */
function isMember(key: string, host: ConditionHost): Predicate {
  const { autoResolveSegments } = host.options;
  const read = host.refer("segment", key);
  return (s) => {
    const { segments } = s.context;
    if (Array.isArray(segments) && segments.includes(key)) return true;
    if (autoResolveSegments === false) return false;
    const result = read(s);
    if (!result) throw new Error(`segment "${key}"`);
    return result.value === true;
  };
}

/** Holds when all do. */
export function every(tests: readonly Predicate[]): Predicate {
  const [a, b] = tests;
  if (a && tests.length === 1) return a;
  if (a && b && tests.length === 2) return (s) => a(s) && b(s);
  return (s) => {
    for (const test of tests) if (!test(s)) return false;
    return true;
  };
}

function some(tests: readonly Predicate[]): Predicate {
  return not(every(tests.map(not)));
}

function not(test: Predicate): Predicate {
  return (s) => !test(s);
}

/** Holds when the test does with what is read as root, or, for `elements`, with any element of it. */
function withRoot(read: Reader, test: Predicate, elements: boolean): Predicate {
  return (s) => {
    const outer = s.root;
    const value = read(s);
    let holds = false;
    for (s.root of elements ? (Array.isArray(value) ? value : []) : [value]) {
      if (s.root !== undefined && test(s)) holds = true;
      if (holds) break;
    }
    s.root = outer;
    return holds;
  };
}
