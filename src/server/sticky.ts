import type { AssignmentSource, Engine } from "../engine/types";
import { assignableVariants } from "./assignable-variants";
import type { FlagContext } from "../model/context";
import { isStorableText } from "../model/schema";
import type { AssignmentRow, DatabaseAdapter } from "../ports/database-adapter";
import type { Logger } from "../ports/logger";
import type { HeldFeed } from "./server-feed";
import { createStickyIndex } from "./sticky-index";

/** Longer units would not fit into the database's index. */
const UNIT_LENGTH = 512;
/** An assignment that turns out otherwise may lead to others, behind a prerequisite for example; that ends soon. */
const ROUNDS = 4;

/** Whether a unit is one that an assignment can be kept for. */
export function isAssignableUnit(unit: string): boolean {
  return unit.length > 0 && unit.length <= UNIT_LENGTH && isStorableText(unit);
}

export interface StickyOptions {
  readonly db: Pick<DatabaseAdapter, "assignments" | "transaction">;
  readonly feed: Pick<HeldFeed, "get" | "since" | "subscribe">;
  readonly log: Logger;
}

/** Evaluates with the assignments that the database keeps, and has it keep new ones. */
export interface Sticky {
  evaluate<T>(
    engine: Engine,
    context: FlagContext,
    key: string | undefined,
    run: (assignments: AssignmentSource | undefined) => T | Promise<T>,
  ): Promise<T>;
  /** Whether evaluating the flag, or everything, may have to do with assignments. */
  concerns(key?: string): boolean;
  /** Whether the variant that a row names exists no longer. */
  isGone(row: Pick<AssignmentRow, "flagKey" | "variantKey">): boolean;
}

export function createSticky({ db, feed, log }: StickyOptions): Sticky {
  const index = createStickyIndex(feed);
  let failing = false;
  const mended = <T>(result: T): T => {
    failing = false;
    return result;
  };
  const isGone: Sticky["isGone"] = ({ flagKey, variantKey }) => {
    const flag = feed.get("flag", flagKey);
    return flag?.kind === "flag" && flag.doc !== undefined && !assignableVariants(flag.doc).has(variantKey);
  };

  return {
    isGone,
    concerns: (key) => index.reaches(key),
    async evaluate(engine, context, key, run) {
      if (!index.reaches(key)) return run(undefined);
      const units = engine.stickyUnits(context, key).filter(({ unit }) => isAssignableUnit(unit));
      if (units.length === 0) return run(undefined);
      const ids = new Set(units.map(({ flagKey, unit }) => idOf(flagKey, unit)));
      const known = new Map<string, string>();
      const learn = (rows: readonly AssignmentRow[]): void =>
        rows.forEach((row) => known.set(idOf(row.flagKey, row.userId), row.variantKey));
      try {
        const flagKeys = units.map(({ flagKey }) => flagKey);
        learn(await db.assignments([...new Set(units.map(({ unit }) => unit))], [...new Set(flagKeys)]));
        for (let round = 1; ; round++) {
          const { result, made } = await attempt(run, known, ids);
          if (made.length === 0 || round === ROUNDS) return mended(result);
          const kept = await db.transaction((tx) => tx.assign(made, isGone));
          learn(kept);
          if (made.every((row) => known.get(idOf(row.flagKey, row.userId)) === row.variantKey)) return mended(result);
        }
      } catch (error) {
        // The split itself is steady: without the database, a unit gets what it would have been assigned.
        if (!failing) log("warn", "Assignments can be neither read nor kept; flags are evaluated without them.", { error });
        failing = true;
        return (await attempt(run, known, ids)).result;
      }
    },
  };
}

async function attempt<T>(
  run: (assignments: AssignmentSource) => T | Promise<T>,
  known: ReadonlyMap<string, string>,
  ids: ReadonlySet<string>,
): Promise<{ result: T; made: readonly AssignmentRow[] }> {
  const made = new Map<string, AssignmentRow>();
  const result = await run({
    get: (flagKey, unit) => known.get(idOf(flagKey, unit)),
    assign(flagKey, userId, variantKey) {
      const id = idOf(flagKey, userId);
      if (ids.has(id) && known.get(id) !== variantKey) made.set(id, { flagKey, userId, variantKey });
    },
  });
  return { result, made: [...made.values()] };
}

function idOf(flagKey: string, unit: string): string {
  return `${flagKey}\n${unit}`;
}
