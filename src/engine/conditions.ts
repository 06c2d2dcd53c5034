import type { Condition, Leaf, Range } from "../model/condition";
import { MAX_CONDITION_DEPTH, MAX_CONDITION_NODES } from "../model/limits";
import { compileBucketing } from "./bucketing";
import { DefinitionError, within } from "./definition-error";
import { compileDimension, type Reader, type Scope } from "./dimension";
import { compileLeaf, type Predicate } from "./leaf";
import { lowerCondition } from "./lower-condition";
import type { EngineOptions } from "./types";

/** What a condition may refer to. */
export interface ConditionHost {
  readonly options: EngineOptions;
  /** Whether the unit is a member. */
  segment(key: string): Predicate;
  /** Another flag's result, as the root of a `where`. */
  flag(key: string): Reader;
}

/** Compiles a condition tree. @throws DefinitionError for one that is malformed or past the limits. */
export function compileCondition(condition: Condition, host: ConditionHost): Predicate {
  let nodes = 0;

  function compile(written: Condition, scope: Scope, depth: number): Predicate {
    if (depth > MAX_CONDITION_DEPTH || ++nodes > MAX_CONDITION_NODES) throw new DefinitionError("too deep or too large");
    if (typeof written === "boolean") return () => written;
    const core = lowerCondition(written);
    const list = (name: string, conditions: readonly Condition[]): Predicate[] =>
      conditions.map((each, i) => within(`${name}[${i}]`, () => compile(each, scope, depth + 1)));
    if ("all" in core) return every(list("all", core.all));
    if ("any" in core) return some(list("any", core.any));
    if ("none" in core) {
      const any = some(list("none", core.none));
      return (s) => !any(s);
    }
    if ("error" in core) {
      return () => {
        throw new Error(core.error);
      };
    }
    if ("segment" in core) return host.segment(core.segment);
    if ("flag" in core) return anyRoot(host.flag(core.flag), compile(core.where, "root", depth + 1), false);
    if ("some" in core) return anyRoot(compileDimension(core.dimension, scope), compile(core.some, "root", depth + 1), true);
    if (!("bucket" in core)) return compileLeaf(core as Leaf, scope, host.options.judgeRegex);
    const bucket = compileBucketing(core.bucket, scope, host.options.algorithms);
    return (s) => isInRanges(bucket(s), core.in);
  }

  return compile(condition, "context", 1);
}

export function isInRanges(bucket: number, ranges: readonly Range[]): boolean {
  for (const [start, end] of ranges) if (bucket >= start && bucket < end) return true;
  return false;
}

/** Holds when all do. */
export function every(tests: readonly Predicate[]): Predicate {
  const [a, b] = tests;
  if (a && !b) return a;
  if (a && b && tests.length === 2) return (s) => a(s) && b(s);
  return (s) => {
    for (const test of tests) if (!test(s)) return false;
    return true;
  };
}

function some(tests: readonly Predicate[]): Predicate {
  return (s) => {
    for (const test of tests) if (test(s)) return true;
    return false;
  };
}

/** Holds when the test does with what is read as root, or, for `elements`, with any element of it. */
function anyRoot(read: Reader, test: Predicate, elements: boolean): Predicate {
  return (s) => {
    const outer = s.root;
    const value = read(s);
    const roots: readonly unknown[] = !elements ? [value] : Array.isArray(value) ? value : [];
    const holds = roots.some((root) => {
      s.root = root;
      return root !== undefined && test(s);
    });
    s.root = outer;
    return holds;
  };
}
