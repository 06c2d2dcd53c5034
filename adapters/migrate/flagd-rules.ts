import type { Condition } from "../../src/model/condition";
import type { Outcome, Rule } from "../../src/model/flag";
import type { JsonValue } from "../../src/model/json";
import { anyOf, leaf } from "./conditions";
import { compare } from "./flagd-comparisons";
import { allInOrder, insideIf, type Scope as ConditionScope, toCondition } from "./flagd-conditions";
import type { Logic } from "./flagd-document";
import {
  type FractionalVersion,
  hasBucketKey,
  readShares,
  type Shares,
  type Units,
  unitsByKey,
  unitsByTargetingKey,
} from "./flagd-fractional";
import { operationOf, readValue, textOf } from "./flagd-values";

/** What rules are written for. */
export interface RuleScope extends ConditionScope {
  readonly fractional: FractionalVersion;
  readonly variants: readonly string[];
  /** What a name that the rule comes to serves; that of `null` is the flag's usual one. */
  readonly toOutcome: (name: string | null) => Outcome;
}

/** Whom a rule is for, and what these get. */
export type Served = { readonly when: Condition } & Pick<Rule, "outcome" | "split">;

const TRUTHS = new Set(["!", "!!", "not", "in", "==", "!=", "===", "!==", "<", "<=", ">", ">="]);
/** These come to neither true nor false where there is nothing that they could compare. */
const HALF_TRUTHS = new Set(["starts_with", "ends_with", "sem_ver"]);

/** What logic gives to those that `when` holds for, in order. Every one of them gets something of it. */
export function toRules(logic: Logic, when: Condition, scope: RuleScope): Served[] {
  if (when === false) return [];
  const value = readValue(logic, scope.flagKey);
  if (value && "constant" in value) return serve(when, scope.toOutcome(nameOf(value.constant)));
  const { name = "", args = [], isList = false } = operationOf(logic) ?? {};
  if (value) return [...namedByContext(logic, when, scope)];
  if (name === "if" && isList) return branch(args, when, insideIf(args, scope));
  if ((name === "and" || name === "or") && isList) return shortCircuit(name, args, when, scope);
  if (name === "fractional" && isList) return divide(args, when, scope);
  if (TRUTHS.has(name)) return truth(logic, when, scope);
  if (HALF_TRUTHS.has(name)) return [...truth(logic, when, scope, comparable(name, args)), ...serve(when, scope.toOutcome(null))];
  return serve(both(when, scope.giveUp(name)), scope.toOutcome(null));
}

function serve(when: Condition, outcome: Outcome): Served[] {
  return when === false ? [] : [{ when, outcome }];
}

function nameOf(value: JsonValue): string | null {
  return value === null ? null : textOf(value);
}

/** Both, without a group in a group. */
function both(a: Condition, b: Condition): Condition {
  return allInOrder([a, b].flatMap((each) => (typeof each === "object" && "all" in each ? each.all : [each])));
}

function branch(args: readonly Logic[], when: Condition, scope: RuleScope): Served[] {
  const [condition = null, then, ...others] = args;
  if (then === undefined) return toRules(condition, when, scope);
  const served = toRules(then, both(when, toCondition(condition, scope)), scope);
  return [...served, ...(others.length > 0 ? branch(others, when, scope) : serve(when, scope.toOutcome(null)))];
}

/** The first value that decides is what all of it comes to. */
function shortCircuit(name: "and" | "or", args: readonly Logic[], when: Condition, scope: RuleScope): Served[] {
  const [first = null, ...others] = args;
  if (others.length === 0) return toRules(first, when, scope);
  const condition = toCondition(first, scope);
  const decides: Condition = name === "or" ? condition : { none: [condition] };
  return [...toRules(first, both(when, decides), scope), ...shortCircuit(name, others, when, scope)];
}

function truth(logic: Logic, when: Condition, scope: RuleScope, isFalse: Logic | true = true): Served[] {
  const otherwise = isFalse === true ? true : toCondition(isFalse, scope);
  return [
    ...serve(both(when, toCondition(logic, scope)), scope.toOutcome("true")),
    ...serve(both(when, otherwise), scope.toOutcome("false")),
  ];
}

/** Logic that holds where an operation can be decided at all. */
function comparable(name: string, args: readonly Logic[]): Logic {
  const [a = null, , b = null] = args as Logic[];
  if (name !== "sem_ver") return { [name]: [a, ""] };
  return { or: [{ sem_ver: [a, "=", b] }, { sem_ver: [a, "!=", b] }] };
}

/** The context itself names the variant. */
function* namedByContext(logic: Logic, when: Condition, scope: RuleScope): Generator<Served> {
  const value = readValue(logic, scope.flagKey);
  if (!value || "constant" in value) return;
  if ("dimension" in value) {
    const { dimension, fallback } = value;
    for (const name of scope.variants)
      yield { when: both(when, leaf(dimension, "eq", name, { as: "string" })), outcome: scope.toOutcome(name) };
    yield { when: both(when, leaf(dimension, "exists", false)), outcome: scope.toOutcome(nameOf(fallback)) };
  } else if ("of" in value) {
    for (const name of scope.variants)
      yield* serve(
        both(when, compare("==", value, { constant: name }, scope.isCompiled) ?? scope.giveUp("cat")),
        scope.toOutcome(name),
      );
  }
  yield { when: both(when, { error: "names no variant" }), outcome: scope.toOutcome(null) };
}

function divide(args: readonly Logic[], when: Condition, scope: RuleScope): Served[] {
  const { fractional: version, flagKey } = scope;
  const hasKey = hasBucketKey(args);
  const shares = readShares(hasKey ? args.slice(1) : args, version, flagKey);
  const usual = serve(when, scope.toOutcome(null));
  if (shares === "none") return usual;
  const units =
    shares &&
    (hasKey ? unitsByKey(args[0] as Logic, version, scope, shares.total) : unitsByTargetingKey(flagKey, version, shares.total));
  if (!units || !shares) return serve(both(when, scope.giveUp("fractional")), scope.toOutcome(null));
  const known = units.filter(({ by }) => typeof by === "number");
  return [
    ...units.flatMap((each) => (typeof each.by === "number" ? [] : divideByBucket(shares, each, when, scope))),
    ...shares.parts.flatMap(({ logic, start, end }) => {
      const here = known.filter(({ by }) => (by as number) >= start && (by as number) < end).map((each) => each.when);
      return here.length > 0 ? toRules(logic, both(when, anyOf(here)), scope) : [];
    }),
    ...usual,
  ];
}

/** Shares that name their variants are a split; others are rules for those whose bucket is in the share. */
function divideByBucket({ parts }: Shares, { when: of, by }: Units, when: Condition, scope: RuleScope): Served[] {
  if (typeof by === "number") return [];
  const values = parts.map(({ logic }) => readValue(logic, scope.flagKey));
  if (values.every((each) => each && "constant" in each)) {
    const ranges = parts.map(
      ({ start, end }, i) => [start, end, scope.toOutcome(nameOf((values[i] as { constant: JsonValue }).constant))] as const,
    );
    return [{ when: both(when, of), split: { by, ranges } }];
  }
  return parts.flatMap(({ logic, start, end }) =>
    toRules(logic, both(both(when, of), { bucket: by, in: [[start, end]] }), scope),
  );
}
