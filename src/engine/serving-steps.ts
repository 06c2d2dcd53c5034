import { compileAssign } from "./assigned-steps";
import { compileBucketing, type BucketReader } from "./bucketing";
import { compileCondition } from "./conditions";
import { isSplit, type CoreRule } from "./core-flag";
import { within } from "./definition-error";
import { describeFailure } from "./first-failure";
import type { Predicate } from "./leaf";
import { ON_VARIANT } from "./lower-flag";
import { compileOutcome, compileSplit, type TryServe } from "./outcome";
import { formatBucket, formatServed, type CompileStep, type StepHost } from "./step";

interface CompiledRule {
  readonly rule: CoreRule;
  readonly holds: Predicate;
  readonly bucket: BucketReader | undefined;
  readonly percentage: number;
  readonly serve: TryServe;
}

export const compileTargetingRules: CompileStep = (flag, host) => {
  if (flag.rules.length === 0) return undefined;
  const rules = flag.rules.map((rule) => compileRule(rule, host));
  const assign = compileAssign(flag, ON_VARIANT);
  return (s, notes) => {
    for (const each of rules) {
      if (!each.holds(s)) {
        notes?.push(`rule ${each.rule.id}: ${describeFailure(each.rule.when, s, host)}`);
        continue;
      }
      if (each.bucket !== undefined && !(each.bucket(s) < each.percentage)) {
        notes?.push(`rule ${each.rule.id}: ${formatBucket(each.bucket(s))} not below ${each.percentage}`);
        continue;
      }
      const result = each.serve(s);
      if (result === undefined) {
        notes?.push(`rule ${each.rule.id}: outside its split`);
        continue;
      }
      if (each.rule.sticky) assign(s, result);
      if (notes)
        notes.splice(0, notes.length, `rule ${each.rule.id}${each.rule.holdout ? " (holdout)" : ""} → ${formatServed(result)}`);
      return result;
    }
    return undefined;
  };
};

function compileRule(rule: CoreRule, host: StepHost): CompiledRule {
  return within(`rules["${rule.id}"]`, () => ({
    rule,
    holds: within("conditions", () => compileCondition(rule.when, host)),
    bucket: rule.gate && compileBucketing(rule.gate.by, "context", host.algorithms),
    percentage: rule.gate?.percentage ?? 100,
    serve: isSplit(rule.serve)
      ? compileSplit(rule.serve, "rule_match", rule.id, host)
      : compileOutcome(rule.serve, "rule_match", rule.id, true, host),
  }));
}

export const compileRollout: CompileStep = (flag, host) => {
  const rollout = flag.rollout;
  if (!rollout) return undefined;
  const serve = within("rollout", () => compileSplit(rollout.split, rollout.reason, null, host));
  const assign = rollout.sticky ? compileAssign(flag, ON_VARIANT) : undefined;
  const bucket = compileBucketing(rollout.split.by, "context", host.algorithms);
  return (s, notes) => {
    const result = serve(s);
    if (notes) {
      const where = result ? "in" : "not in";
      notes.push(`${formatBucket(bucket(s))} ${where} ${rollout.percentage} %${result ? ` → ${formatServed(result)}` : ""}`);
    }
    if (result !== undefined) assign?.(s, result);
    return result;
  };
};

export const compileDefault: CompileStep = (flag, host) => {
  const enabledBy = flag.isBoolean ? "value" : true;
  const everywhere = compileOutcome(flag.fallthrough, "default", null, enabledBy, host);
  if (flag.fallthroughIn.size === 0) return everywhere;
  const local = new Map(
    [...flag.fallthroughIn].map(([name, outcome]) => [name, compileOutcome(outcome, "default", null, enabledBy, host)]),
  );
  return (s, notes) => {
    const serve = s.environment === undefined ? undefined : local.get(s.environment);
    if (serve) notes?.push(`default of ${String(s.environment)}`);
    return (serve ?? everywhere)(s);
  };
};
