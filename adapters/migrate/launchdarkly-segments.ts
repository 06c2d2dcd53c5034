import type { Condition } from "../../src/model/condition";
import { allOf, anyOf, leaf, not } from "./conditions";
import type { ImportedSegment } from "./imported";
import { keyOf } from "./launchdarkly-attributes";
import { toCondition } from "./launchdarkly-clauses";
import type { LaunchDarklySegment, SegmentRule, Target } from "./launchdarkly-document";
import { isWithinWeight } from "./launchdarkly-rollouts";

/** A segment: those included; and of those who are not excluded, whom a rule matches. */
export function toSegment(key: string, segment: LaunchDarklySegment): ImportedSegment {
  const { rules = [], unbounded, unboundedContextKind, generation } = segment;
  const of = `${segment.key ?? key}.${segment.salt ?? ""}`;
  const matched = anyOf(rules.map((each) => matches(each, of)));
  if (unbounded) {
    const { dimension, guards } = keyOf(unboundedContextKind);
    return { key, name: key, rules: generation ? allOf([...guards, leaf(dimension, "exists", true), matched]) : false };
  }
  const included = isListed(segment.includedContexts, segment.included);
  const excluded = isListed(segment.excludedContexts, segment.excluded);
  return { key, name: key, rules: anyOf([...included, allOf([...excluded.map(not), matched])]) };
}

function isListed(contexts: readonly Target[] = [], users: readonly string[] = []): Condition[] {
  return [...contexts, { values: users }].flatMap(({ contextKind, values = [] }: Target) => {
    const { dimension, guards } = keyOf(contextKind);
    const keys = values.filter(Boolean);
    return keys.length > 0 ? [allOf([...guards, leaf(dimension, "in", keys)])] : [];
  });
}

function matches(rule: SegmentRule, of: string): Condition {
  if (!rule.clauses) return false;
  const within = isWithinWeight(rule, of) ?? { error: "bucketBy is no reference to an attribute" };
  return allOf([...rule.clauses.map(toCondition), within]);
}
