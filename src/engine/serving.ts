import type { Flag } from "../model/flag";
import { findRange, readBucket, toUnit } from "./bucketing";
import type { CoreLine, CoreOutcome } from "./core";
import { fail } from "./fail";
import { own } from "./own";
import { readBy, readDimension, type Reading, type Readings } from "./reading";
import { assignmentsOf, type Session } from "./session";
import type { EngineOptions } from "./types";

/** What is served, ready to be made a result of. */
export interface Outcome {
  /** `undefined` is the caller's default. */
  readonly value: unknown;
  readonly variant: string | null;
  /** `undefined` is as enabled as the value. */
  readonly enabled: boolean | undefined;
}

/** What a line serves to everybody, or what it picks for whom by something that it looks at. */
export interface Serving {
  readonly outcome?: Outcome | undefined;
  readonly reading?: Reading | undefined;
  readonly pick?: ((actual: unknown, session: Session) => Outcome | null | undefined) | undefined;
}

/** What the lines of one definition have in common. */
export type Served = Pick<Flag, "key"> & Partial<Pick<Flag, "type" | "variants">>;

/** Compiles what a line serves. @throws Error for a variant or an algorithm that there is not. */
export function compileServing(of: Served, { step, serve }: CoreLine, readings: Readings, options: EngineOptions): Serving {
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
      reading: readBy(() => own(serve.forced, key)),
      pick: (value) => (value === undefined ? value : toOutcome({ value } as CoreOutcome)),
    };
  if ("unit" in serve) {
    const { unit, isAssigned, parts } = serve;
    const outcomes = new Map(parts.map(([name, , outcome]) => [name, toOutcome(outcome)] as const).reverse());
    return {
      reading: readDimension(readings, unit),
      pick(value, s) {
        const id = toUnit(value);
        return outcomes.get((isAssigned && id ? assignmentsOf(s)?.get(key, id) : id) as string);
      },
    };
  }
  if (!("by" in serve)) return { outcome: toOutcome(serve) };
  const { by, ranges, rest } = serve;
  const past = Math.max(0, ...ranges.map(([, end]) => end));
  const all = rest ? [...ranges, [past, Infinity, rest] as const] : ranges;
  const outcomes = all.map(([, , outcome]) => outcome && toOutcome(outcome));
  return {
    reading: readBucket(by, readings, options),
    pick: (bucket) => outcomes[findRange(all, bucket as number)],
  };
}
