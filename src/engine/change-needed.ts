import type { Condition, Dimension, Operator, Range } from "../model/condition";
import type { Finding } from "../model/explanation";
import { attempt } from "./attempt";
import { blame, groupOf, holds, inResult, type Setting } from "./blame";

/** What each operator asks of a dimension, after "must" or "must not". */
const VERBS: Readonly<Record<Operator, string>> = {
  eq: "be",
  neq: "be other than",
  in: "be one of",
  nin: "be none of",
  gt: "be above",
  gte: "be at least",
  lt: "be below",
  lte: "be at most",
  contains: "contain",
  notContains: "be without",
  startsWith: "start with",
  endsWith: "end with",
  regex: "match",
  semverEq: "be version",
  semverGt: "be after version",
  semverGte: "be at least version",
  semverLt: "be before version",
  semverLte: "be at most version",
  exists: "exist:",
  dateAfter: "be after",
  dateBefore: "be before",
  cidr: "be in the network",
  type: "be of type",
};

/** What would have to change for a condition to be `wanted`, in words: everything that stands in the way. */
export function changeNeeded(written: Condition, wanted: boolean, at: Setting): string {
  const group = groupOf(written, "");
  if (!group) return changeOne(written as Exclude<Condition, boolean>, wanted, at);
  const { name, children } = group;
  const wantedOfEach = name === "none" ? !wanted : wanted;
  const wrong = children.filter((child) => holds(child, at) !== wantedOfEach);
  if (wrong.length === 0) return "nothing can change this";
  // Where the group asks something of each, all have to come round; else one is enough.
  const joint = (name === "any") === wanted ? " or " : " and ";
  const parts = [...new Set(wrong.map((child) => changeNeeded(child, wantedOfEach, at)))];
  return parts.length > 1 && joint === " or " ? `(${parts.join(joint)})` : parts.join(joint);
}

function changeOne(written: Exclude<Condition, boolean>, wanted: boolean, at: Setting): string {
  if ("segment" in written) {
    const rules = at.ruleset.segments.get(written.segment)?.doc?.rules[0]?.conditions;
    const within = rules === undefined ? "" : `: ${changeNeeded(rules, wanted, { ...at, inRoot: false })}`;
    return `the context ${wanted ? "must" : "must not"} be in segment ${show(written.segment)}${within}`;
  }
  if ("flag" in written) {
    const result = at.ruleset.refer(at.ruleset.slot("flag", written.flag), at.session);
    if (!result) return `flag ${show(written.flag)} must be one that can be evaluated`;
    return inResult(result, at, (inFlag) => `flag ${show(written.flag)}: ${changeNeeded(written.where, wanted, inFlag)}`);
  }
  return changeOfFinding(blame(written, "", at), wanted);
}

/** What one finding asks for, by itself. */
export function changeOfFinding(finding: Finding, wanted: boolean): string {
  const must = wanted ? "must" : "must not";
  switch (finding.kind) {
    case "comparison":
      return `${showDimension(finding.dimension)} ${must} ${VERBS[finding.op]} ${show(finding.expected ?? true)}`;
    case "bucket": {
      const { unit, bucket, ranges } = finding;
      if (bucket === undefined) return `${showDimension(unit)} must be given`;
      return `${showRanges(ranges)} ${must} hold bucket ${round(bucket)}, or ${showDimension(unit)} must be another`;
    }
    case "elements":
      return `${wanted ? "some" : "no"} element of ${showDimension(finding.dimension ?? [])} must satisfy the condition`;
    default:
      return "nothing can change this";
  }
}

export function showRanges(ranges: readonly Range[]): string {
  return ranges.map(([start, end]) => `[${round(start)}, ${round(end)})`).join(" or ") || "no range";
}

export function showDimension(dimension: Dimension): string {
  if (dimension === "$now") return "the time";
  return typeof dimension === "string" ? dimension : show(dimension);
}

/** A value as JSON; its kind, for what has none. */
export function show(value: unknown): string {
  return value === undefined ? "missing" : (attempt(() => JSON.stringify(value)) ?? `of type ${typeof value}`);
}

export function round(bucket: number): number {
  return Math.floor(bucket * 1000) / 1000;
}
