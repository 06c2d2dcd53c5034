import type { Engine } from "../engine/types";
import type { FlagContext } from "../model/context";
import type { Evaluation, FlagResult } from "../model/result";

/** Stands for the caller's default where an evaluation is kept for every caller. */
const CALLERS_DEFAULT = Symbol();

const NOT_LISTED = { value: CALLERS_DEFAULT } as unknown as Evaluation;

export interface FlagViewOptions {
  readonly engine: Pick<Engine, "evaluate" | "keys">;
  /** Whether a flag is there for callers, and not only for other flags. */
  readonly isListed: (key: string) => boolean;
  readonly context: () => FlagContext;
  readonly now: () => number;
  readonly isStale: () => boolean;
}

export interface FlagView {
  /** The result as every caller sees it; `undefined` where it depends on the caller's default. */
  get(key: string): FlagResult | undefined;
  flags(): Readonly<Record<string, unknown>>;
  details(): Readonly<Record<string, FlagResult>>;
  /** Adds to an evaluation what makes it a result. */
  toResult<T>(evaluation: Evaluation<T>): FlagResult<T>;
  /** Everything may be different now. */
  invalidate(): void;
}

/** Remembers results until something changes, and keeps those the same objects that come out the same. */
export function createFlagView({ engine, isListed, context, now, isStale }: FlagViewOptions): FlagView {
  let results = new Map<string, FlagResult>();
  let before = results;
  let details: Readonly<Record<string, FlagResult>> | undefined;
  let flags: Readonly<Record<string, unknown>> | undefined;
  let last: Readonly<Record<string, FlagResult>> = {};

  function toResult<T>(evaluation: Evaluation<T>): FlagResult<T> {
    return { ...evaluation, evaluatedAt: new Date(now()), ...(isStale() && { stale: true }) };
  }

  /** What comes out as it was stays the same object. */
  function settle(evaluation: Evaluation, old: FlagResult | undefined): FlagResult {
    const found = toResult(evaluation);
    return old && isSameResult(old, found) ? old : found;
  }

  const get = (key: string): FlagResult | undefined => {
    let found = results.get(key);
    if (!found) {
      const hidden = !isListed(key) && NOT_LISTED;
      found = settle(hidden || engine.evaluate(key, context(), { defaultValue: CALLERS_DEFAULT }), before.get(key));
      results.set(key, found);
    }
    return found.value === CALLERS_DEFAULT ? undefined : found;
  };

  function allDetails(): Readonly<Record<string, FlagResult>> {
    if (details) return details;
    const found = engine.keys().flatMap((key) => (isListed(key) ? (get(key) ?? withoutDefault(key)) : []));
    const all = Object.fromEntries(found.map((result) => [result.key, result]));
    const keys = Object.keys(all);
    if (keys.length !== Object.keys(last).length || keys.some((key) => last[key] !== all[key])) {
      last = all;
      flags = undefined;
    }
    return (details = last);
  }

  /** A flag with nothing to serve, asked for by nobody in particular; none where it is not of this environment. */
  function withoutDefault(key: string): FlagResult | readonly [] {
    try {
      return settle(engine.evaluate(key, context()), last[key]);
    } catch {
      return [];
    }
  }

  return {
    get,
    toResult,
    details: allDetails,
    flags() {
      const all = allDetails();
      return (flags ??= Object.fromEntries(Object.entries(all).map(([key, { value }]) => [key, value])));
    },
    invalidate() {
      // Results that nobody asked for since the last time are older than that, but as good for comparison.
      before = new Map([...before, ...results]);
      results = new Map();
      details = undefined;
    },
  };
}

export function isSameValue(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || (typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b));
}

const COMPARED = ["variant", "enabled", "reason", "ruleId", "stale"] as const;

function isSameResult(a: FlagResult, b: FlagResult): boolean {
  return COMPARED.every((field) => a[field] === b[field]) && isSameValue(a.value, b.value);
}
