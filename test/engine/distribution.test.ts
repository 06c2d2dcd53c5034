import fc from "fast-check";
import { expect, test } from "vitest";
import { OPERATORS } from "../../src/model/condition";
import { EVAL_REASONS } from "../../src/model/result";
import { contexts } from "./arbitrary-contexts";
import { assignments, overrides, snapshots } from "./arbitrary-rulesets";
import { NOW } from "./arbitrary-values";
import { interpret } from "./naive-interpreter";

const RULESETS = 4000;
const CONTEXTS = 5;
/** Fewer meetings than this are chance. */
const OFTEN = 10;

const YES_NO = ["true", "false"];
const KINDS = ["literal", "all", "any", "none", "segment", "flag", "bucket", "some", "leaf"];
const TYPES = ["string", "number", "boolean", "only-string", "only-number", "only-boolean"];
const COERCIONS = [...TYPES, "size", "semver", "semver-loose", "rfc3339"];
const REASONS = EVAL_REASONS.filter((reason) => reason !== "error_fallback");

/** Everything that the comparison with the naive interpreter has to meet, by the names that the interpreter notes. */
const WANTED: readonly string[] = [
  ...each("reason", REASONS),
  ...each("reason", ["disabled,", "not_scheduled,", "expired,", "rule_match,", "default,"], ["caller's default"]),
  ...KINDS.flatMap((kind) => [...each(kind, YES_NO), ...each(kind, ["in root"], YES_NO)]),
  ...each("op", OPERATORS, [...YES_NO, "of what is missing"]),
  ...each("as", COERCIONS, [...YES_NO, "missing"]),
  ...each(
    "ref",
    OPERATORS.filter((op) => !["regex", "exists", "type", "notContains"].includes(op)),
    YES_NO,
  ),
  ...each("membership", ["eq", "neq", "in", "nin"], YES_NO),
  ...each("alias", ["attribute", "field", "operator", "values", "not_in", "starts_with", "ends_with"]),
  ...each("dimension", ["name", "dotted", "path", "first"], ["present", "missing"]),
  ...["dimension $now present", "error", "flag of another environment", "environment default"],
  ...["negate", "case-insensitive", "rolloutPct", "layer"].flatMap((what) => each(what, YES_NO)),
  ...each("bucket by", ["native", "sum", "native, missing", "sum, missing", "native, missing as 0", "sum, missing as 0"]),
  ...each("split", ["range", "null", "rest", "past", "gap", "no unit"]),
  ...each("rule serves", ["value", "variantId", "distribution", "outcome", "split", "isHoldout"]),
  ...each("prerequisite", ["flag", "value", "variant", "condition"], YES_NO),
  ...each("override of a", ["user", "tenant", "environment"]),
  ...each("assignment", ["to a variant", "as on", "that is gone"]),
  ...each("circle of a", ["flag", "segment"]),
];

/** The first words with one of each list behind them. */
function each(first: string, ...lists: (readonly string[])[]): string[] {
  return lists.reduce<string[]>((all, list) => all.flatMap((begun) => list.map((one) => `${begun} ${one}`)), [first]);
}

test("what is generated meets every part of the core, conditions as true and as false", { timeout: 60_000 }, () => {
  const counts = new Map<string, number>();
  const note = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const many = fc.array(contexts, { minLength: CONTEXTS, maxLength: CONTEXTS });
  for (const each of fc.sample(fc.tuple(snapshots, many, assignments, overrides), { seed: 1, numRuns: RULESETS })) {
    const [snapshot, generated, known, forced] = each;
    const world = { snapshot, now: NOW, fallback: "mine", assignments: known, overrides: forced, resolvesSegments: true, note };
    for (const context of generated) for (const { key } of snapshot.flags) interpret(key, { ...world, context, made: [] });
  }
  expect(WANTED.filter((what) => (counts.get(what) ?? 0) < OFTEN)).toEqual([]);
});
