import type { ValidationIssue } from "../errors";
import type { Flag, FlagType, Outcome, Rule } from "./flag";
import type { JsonValue } from "./json";

type Checked = Omit<Flag, "version" | "createdAt" | "updatedAt" | "locked" | "lockedReason">;
type Report = (path: string, message: string) => void;

/** What a rule serves is one of these. */
export const SERVED = ["value", "variantId", "distribution", "outcome", "split"] as const;

/** What is wrong between the parts of a flag, each of which is well-formed. */
export function checkFlag(flag: Checked): ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const report: Report = (path, message) => void issues.push({ path, message });
  checkValues(flag, report);
  checkVariants(flag, report);
  flag.rules.forEach((rule, i) => checkRule(flag, rule, `rules[${i}]`, report));
  duplicates(flag.rules.map(({ id }) => id)).forEach((i) => report(`rules[${i}].id`, "is the id of another rule, too"));
  checkOverrides(flag, report);
  (["off", "fallthrough"] as const).forEach((name) => checkOutcome(flag, flag[name], name, report));
  (flag.prerequisites ?? []).forEach((one, i) => {
    if (typeof one === "object" && "flagKey" in one && one.value !== undefined && one.variant !== undefined)
      report(`prerequisites[${i}]`, "must name a value or a variant, not both");
  });
  if (flag.environment !== undefined && flag.environments !== undefined)
    report("environments", "must not be given beside environment");
  if (flag.scheduledAt !== undefined && flag.expiresAt !== undefined && flag.scheduledAt >= flag.expiresAt)
    report("expiresAt", "must be after scheduledAt");
  return issues;
}

function checkValues(flag: Checked, report: Report): void {
  const check = (value: JsonValue | undefined, path: string): void => {
    if (value !== undefined && !isOfType(value, flag.type)) report(path, `must be a ${flag.type}, as the flag's type says`);
  };
  check(flag.defaultValue, "defaultValue");
  check(flag.offValue, "offValue");
  check(flag.rollout?.value, "rollout.value");
  for (const [name, value] of Object.entries(flag.environmentDefaults ?? {})) check(value, `environmentDefaults.${name}`);
  flag.variants?.forEach(({ value }, i) => check(value, `variants[${i}].value`));
  flag.rules.forEach(({ value }, i) => check(value, `rules[${i}].value`));
  flag.overrides?.forEach(({ value }, i) => check(value, `overrides[${i}].value`));
}

function isOfType(value: JsonValue, type: FlagType): boolean {
  return type === "json" || type === "multivariate" || typeof value === type;
}

function checkVariants({ type, variants }: Checked, report: Report): void {
  if (type === "multivariate" && !variants?.length)
    report("variants", "must not be empty: a multivariate flag divides units over them");
  if (!variants?.length) return;
  duplicates(variants.map(({ key }) => key)).forEach((i) => report(`variants[${i}].key`, "is the key of another variant, too"));
  if (variants.every(({ weight }) => weight === 0)) report("variants", "must not all have a weight of zero");
}

function checkRule(flag: Checked, rule: Rule, path: string, report: Report): void {
  const served = SERVED.filter((name) => rule[name] !== undefined);
  if (served.length > 1) report(path, `must serve one thing, not ${served.join(" and ")}`);
  if (served.length === 0 && rule.isHoldout !== true) report(path, `must serve something: one of ${SERVED.join(", ")}`);
  checkVariant(flag, rule.variantId, `${path}.variantId`, report);
  rule.distribution?.forEach(({ variantId }, i) => checkVariant(flag, variantId, `${path}.distribution[${i}].variantId`, report));
  if (rule.distribution?.every(({ weight }) => weight === 0))
    report(`${path}.distribution`, "must not be empty, nor have weights of zero alone");
  checkOutcome(flag, rule.outcome, `${path}.outcome`, report);
  if (!rule.split) return;
  let last = 0;
  rule.split.ranges.forEach(([start, end, outcome], i) => {
    if (start < last) report(`${path}.split.ranges[${i}]`, "overlaps the range before it, or comes before it");
    last = end;
    checkOutcome(flag, outcome ?? undefined, `${path}.split.ranges[${i}][2]`, report);
  });
  checkOutcome(flag, rule.split.rest, `${path}.split.rest`, report);
}

function checkOutcome(flag: Checked, outcome: Outcome | undefined, path: string, report: Report): void {
  // With a value of its own, an outcome's variant is a mere label.
  if (outcome?.value === undefined) checkVariant(flag, outcome?.variant, `${path}.variant`, report);
  else if (!isOfType(outcome.value, flag.type)) report(`${path}.value`, `must be a ${flag.type}, as the flag's type says`);
}

function checkVariant({ variants }: Checked, key: string | undefined, path: string, report: Report): void {
  if (key !== undefined && !variants?.some((variant) => variant.key === key)) report(path, `names no variant: "${key}"`);
}

function checkOverrides(flag: Checked, report: Report): void {
  const overrides = flag.overrides ?? [];
  overrides.forEach(({ value, variantId }, i) => {
    if ((value === undefined) === (variantId === undefined)) report(`overrides[${i}]`, "must have either a value or a variantId");
    checkVariant(flag, variantId, `overrides[${i}].variantId`, report);
  });
  duplicates(overrides.map(({ scope, id }) => `${scope}:${id}`)).forEach((i) =>
    report(`overrides[${i}]`, "is there already, for the same scope and id"),
  );
}

/** Where something stands that stood earlier. */
function duplicates(names: readonly string[]): number[] {
  const seen = new Set<string>();
  return names.flatMap((name, i) => (seen.size === seen.add(name).size ? [i] : []));
}
