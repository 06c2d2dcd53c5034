import type { Engine } from "../engine/types";
import type { FlagContext } from "../model/context";
import type { Change } from "../model/definition";
import type { Evaluation, FlagResult } from "../model/result";

/** Stands for the caller's default where an evaluation is kept for every caller. */
const CALLERS_DEFAULT = Symbol();

const NOT_LISTED = { value: CALLERS_DEFAULT } as unknown as Evaluation;

export interface FlagView {
  /** Whether the flag is there for callers, and not only for other flags. */
  has(key: string): boolean;
  /** The result as every caller sees it; `undefined` where it depends on the caller's default. */
  get(key: string): FlagResult | undefined;
  flags(): Readonly<Record<string, unknown>>;
  details(): Readonly<Record<string, FlagResult>>;
  /** Puts definitions in, in place of older ones, or takes them out. */
  apply(changes: readonly Change[]): void;
  /** Everything may be different now. */
  invalidate(): void;
  /** Counts how often that was so. */
  revision(): number;
}

/**
 * Remembers results until something changes, and keeps those the same objects that come out the same.
 *
 * @param toResult Adds to an evaluation what makes it a result.
 */
export function createFlagView(
  engine: Pick<Engine, "apply" | "evaluate" | "has" | "keys">,
  context: () => FlagContext,
  toResult: (evaluation: Evaluation) => FlagResult,
): FlagView {
  /** Flags that are only there for other flags. */
  const unlisted = new Set<string>();
  const kept = new Map<string, { readonly result: FlagResult; readonly revision: number }>();
  let revision = 0;
  let all: readonly FlagResult[] = [];
  let allAsOf = 0;
  let details: Readonly<Record<string, FlagResult>> = {};
  let flags: Readonly<Record<string, unknown>> = {};

  /** What comes out as it was stays the same object. */
  function settle(evaluation: Evaluation, old: FlagResult | undefined): FlagResult {
    const found = toResult(evaluation);
    return old && describe(old) === describe(found) ? old : found;
  }

  function get(key: string): FlagResult | undefined {
    let entry = kept.get(key);
    if (entry?.revision !== revision) {
      const found = unlisted.has(key) ? NOT_LISTED : engine.evaluate(key, context(), { defaultValue: CALLERS_DEFAULT });
      entry = { result: settle(found, entry?.result), revision };
      kept.set(key, entry);
    }
    return entry.result.value === CALLERS_DEFAULT ? undefined : entry.result;
  }

  /** A flag with nothing to serve, asked for by nobody in particular; none where it is not of this environment. */
  function withoutDefault(key: string): FlagResult | readonly [] {
    try {
      return settle(engine.evaluate(key, context()), details[key]);
    } catch {
      return [];
    }
  }

  function update(): void {
    if (allAsOf === revision) return;
    allAsOf = revision;
    const found = engine.keys().flatMap((key) => (unlisted.has(key) ? [] : (get(key) ?? withoutDefault(key))));
    if (found.length === all.length && found.every((result, i) => result === all[i])) return;
    all = found;
    details = Object.fromEntries(all.map((result) => [result.key, result]));
    flags = Object.fromEntries(all.map(({ key, value }) => [key, value]));
  }

  return {
    get,
    has: (key) => engine.has(key) && !unlisted.has(key),
    apply(changes) {
      for (const { kind, key, doc } of changes) {
        if (kind !== "flag") continue;
        if (doc?.clientVisible === false) unlisted.add(key);
        else unlisted.delete(key);
      }
      engine.apply(changes);
    },
    details() {
      update();
      return details;
    },
    flags() {
      update();
      return flags;
    },
    invalidate: () => void revision++,
    revision: () => revision,
  };
}

/** All that tells one result from another, but for the time of the evaluation. */
function describe({ evaluatedAt: _, ...result }: FlagResult): string {
  return JSON.stringify(result);
}
