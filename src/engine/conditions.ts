import type { Bucketing, Condition, Leaf, Range } from "../model/condition";
import { LIMITS } from "../model/limits";
import { compileBucketing } from "./bucketing";
import { DefinitionError, EvaluationFault, within } from "./definition-error";
import { compileDimension, type Scope } from "./dimension";
import { compileLeaf, type Predicate } from "./leaf";
import { lowerCondition } from "./lower-condition";
import { isRecord, type Session } from "./session";
import type { EngineOptions } from "./types";

/** What a condition may refer to. */
export interface ConditionHost {
  readonly options: EngineOptions;
  /** Whether the segment's rules hold. */
  segment(key: string): Predicate;
  /** Another flag's result, as the root of a `where`. */
  flag(key: string): (session: Session) => unknown;
}

interface Walk {
  readonly host: ConditionHost;
  readonly scope: Scope;
  readonly depth: number;
  /** Shared by the whole tree. */
  readonly count: { nodes: number };
}

/** Compiles a condition tree. @throws DefinitionError for one that is malformed or past the limits. */
export function compileCondition(condition: Condition, host: ConditionHost, scope: Scope = "context"): Predicate {
  return compileNode(condition, { host, scope, depth: 1, count: { nodes: 0 } });
}

function compileNode(written: Condition, walk: Walk): Predicate {
  if (walk.depth > LIMITS.conditionDepth) throw new DefinitionError("", `is nested deeper than ${LIMITS.conditionDepth}`);
  if (++walk.count.nodes > LIMITS.conditionNodes)
    throw new DefinitionError("", `is part of a tree of more than ${LIMITS.conditionNodes} nodes`);
  if (typeof written === "boolean") return () => written;
  if (!isRecord(written)) throw new DefinitionError("", "is no condition");
  const condition = lowerCondition(written);
  if ("all" in condition) return every(compileList("all", condition.all, walk));
  if ("any" in condition) return some(compileList("any", condition.any, walk));
  if ("none" in condition) return none(compileList("none", condition.none, walk));
  if ("error" in condition) return fail(condition.error);
  if ("segment" in condition) return walk.host.segment(condition.segment);
  if ("flag" in condition) return withRoot(walk.host.flag(condition.flag), compileInner("where", condition.where, walk));
  if ("bucket" in condition) return compileBucketCondition(condition.bucket, condition.in, walk);
  if ("some" in condition)
    return someElement(compileDimension(condition.dimension, walk.scope), compileInner("some", condition.some, walk));
  return compileLeaf(condition as Leaf, walk.scope, walk.host.options.judgeRegex);
}

function compileList(name: string, conditions: unknown, walk: Walk): Predicate[] {
  if (!Array.isArray(conditions)) throw new DefinitionError(name, "is no list of conditions");
  const deeper = { ...walk, depth: walk.depth + 1 };
  return conditions.map((each: Condition, i) => within(`${name}[${i}]`, () => compileNode(each, deeper)));
}

function compileInner(name: string, condition: Condition, walk: Walk): Predicate {
  return within(name, () => compileNode(condition, { ...walk, scope: "root", depth: walk.depth + 1 }));
}

function every(tests: readonly Predicate[]): Predicate {
  const [a, b] = tests;
  if (a === undefined) return () => true;
  if (b === undefined) return a;
  if (tests.length === 2) return (s) => a(s) && b(s);
  return (s) => {
    for (const test of tests) if (!test(s)) return false;
    return true;
  };
}

function some(tests: readonly Predicate[]): Predicate {
  if (tests.length === 1) return tests[0] as Predicate;
  return (s) => {
    for (const test of tests) if (test(s)) return true;
    return false;
  };
}

function none(tests: readonly Predicate[]): Predicate {
  const any = some(tests);
  return (s) => !any(s);
}

function fail(message: string): Predicate {
  return () => {
    throw new EvaluationFault(message);
  };
}

function withRoot(rootOf: (session: Session) => unknown, test: Predicate): Predicate {
  return (s) => {
    const outer = s.root;
    const root = rootOf(s);
    s.root = root;
    const holds = root !== undefined && test(s);
    s.root = outer;
    return holds;
  };
}

function someElement(read: (session: Session) => unknown, test: Predicate): Predicate {
  return (s) => {
    const list = read(s);
    if (!Array.isArray(list)) return false;
    const outer = s.root;
    const holds = list.some((element: unknown) => {
      s.root = element;
      return test(s);
    });
    s.root = outer;
    return holds;
  };
}

function compileBucketCondition(by: Bucketing, ranges: readonly Range[], walk: Walk): Predicate {
  const bucket = within("bucket", () => compileBucketing(by, walk.scope, walk.host.options.algorithms));
  if (!Array.isArray(ranges) || !ranges.every(isRange)) throw new DefinitionError("in", "is no list of ranges [start, end]");
  return (s) => {
    const n = bucket(s);
    for (const [start, end] of ranges) if (n >= start && n < end) return true;
    return false;
  };
}

export function isRange(range: unknown): boolean {
  return Array.isArray(range) && Number.isFinite(range[0]) && Number.isFinite(range[1]);
}
