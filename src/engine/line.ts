import type { Flag } from "../model/flag";
import type { EvalReason } from "../model/result";
import { compileBucketing, findRange, toUnit } from "./bucketing";
import { compileCondition, type Check, type ConditionHost } from "./conditions";
import { stepName, type CoreLine, type CoreOutcome } from "./core";
import { compileDimension, type Reader } from "./dimension";
import { fail } from "./fail";
import { own } from "./own";
import { assignmentsOf, type Session } from "./session";

/** What is served, ready to be made a result of. */
export interface Outcome {
  /** `undefined` is the caller's default. */
  readonly value: unknown;
  readonly variant: string | null;
  /** `undefined` is as enabled as the value. */
  readonly enabled: boolean | undefined;
}

/** What a line serves: the same to everybody, or what it picks by something that it looks at. */
interface Serving {
  readonly outcome?: Outcome | undefined;
  readonly read?: Reader | undefined;
  readonly pick?: ((actual: unknown, session: Session) => Outcome | null | undefined) | undefined;
  /** What is looked at, to be told. */
  readonly about?: unknown;
}

/** A line, ready to be run: if all of the checks hold, serve. */
export interface Line extends Serving {
  readonly step: number;
  readonly reason: EvalReason;
  readonly ruleId: string | null;
  readonly checks: readonly Check[];
  /** The unit that the outcome is assigned to, if it is to be remembered. */
  readonly assigns: Reader | undefined;
}

/** What the lines of one definition have in common. */
type Served = Pick<Flag, "key"> & Partial<Pick<Flag, "type" | "variants">>;

/** Compiles a line. @throws Error for one that cannot be; `host.path` tells where. */
export function compileLine(of: Served, { step, reason, ruleId, when, serve, assigns }: CoreLine, host: ConditionHost): Line {
  const path = `${ruleId === null ? stepName(step) : `rules["${ruleId}"]`}.`;
  const checks = when.flatMap((condition) => {
    const check = compileCondition(condition, host, `${path}conditions.`);
    // What has to hold has to in either way; without the group, it costs less.
    return "all" in check.core && check.checks ? check.checks : check;
  });
  host.path = path;
  const { outcome, read, pick, about } = compileServing(of, step, serve, host);
  const unit = assigns === undefined ? undefined : compileDimension(assigns);
  return { step, reason, ruleId, checks, outcome, read, pick, about, assigns: unit };
}

function compileServing(of: Served, step: number, serve: CoreLine["serve"], { options }: ConditionHost): Serving {
  const { key, type, variants = [] } = of;

  function toOutcome(outcome: CoreOutcome): Outcome {
    const { variant, variantId = variant } = outcome;
    const { value = variants.find((each) => each.key === variantId)?.value } = outcome;
    if (value === undefined && variantId !== undefined) fail(`variant: no "${variantId}"`);
    // At the end of the pipeline a boolean flag is as enabled as its value.
    const { enabled = step === 11 && type === "boolean" ? undefined : step > 6 } = outcome;
    return { value, variant: variantId ?? null, enabled };
  }

  if ("forced" in serve)
    return {
      read: () => own(serve.forced, key),
      pick: (value) => (value === undefined ? value : toOutcome({ value } as CoreOutcome)),
      about: "developer override",
    };
  if ("unit" in serve) {
    const { unit, isAssigned, parts } = serve;
    const outcomes = new Map(parts.map(([name, , outcome]) => [name, toOutcome(outcome)] as const).reverse());
    return {
      read: compileDimension(unit),
      pick(value, s) {
        const id = toUnit(value);
        return outcomes.get((isAssigned && id ? assignmentsOf(s)?.get(key, id) : id) as string);
      },
      about: unit,
    };
  }
  if (!("by" in serve)) return { outcome: toOutcome(serve) };
  const { by, ranges, rest } = serve;
  const past = Math.max(0, ...ranges.map(([, end]) => end));
  const all = rest ? [...ranges, [past, Infinity, rest] as const] : ranges;
  const outcomes = all.map(([, , outcome]) => outcome && toOutcome(outcome));
  return {
    read: compileBucketing(by, options),
    pick: (bucket) => outcomes[findRange(all, bucket as number)],
    about: { in: ranges },
  };
}
