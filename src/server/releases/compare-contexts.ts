import { createEngine } from "../../engine/create-engine";
import { deepEqual } from "../../engine/deep-equal";
import type { Engine } from "../../engine/types";
import type { FlagContext } from "../../model/context";
import type { Flag } from "../../model/flag";
import type { Snapshot } from "../../model/snapshot";
import type { Settings } from "../config";
import { isAssignableUnit } from "../sticky";
import { createDependents } from "./dependents";

/** How long others may wait for their turn, roughly. */
const TURN_MS = 10;

export interface Comparison {
  /** Contexts for which any flag has another value. */
  readonly affected: number;
  /** The same by flag; flags for which that holds nowhere are left out. */
  readonly byFlag: ReadonlyMap<string, number>;
}

/**
 * Evaluates what changed flags have a part in, for each context, before and after, with the assignments that are kept. Nothing is
 * assigned and nothing recorded.
 */
export async function compareContexts(
  { db, clock, environment, autoResolveSegments }: Settings,
  ruleset: Pick<Snapshot, "flags" | "segments" | "layers">,
  changed: readonly { readonly before: Flag; readonly after: Flag }[],
  contexts: readonly FlagContext[],
): Promise<Comparison> {
  const now = clock.now();
  const engineWith = (flags: readonly Flag[]): Engine => {
    const engine = createEngine(ruleset, { now: () => now, environment, autoResolveSegments });
    engine.apply(flags.map((doc) => ({ kind: "flag", key: doc.key, seq: 0, doc })));
    return engine;
  };
  const engines = [engineWith(changed.map(({ before }) => before)), engineWith(changed.map(({ after }) => after))] as const;
  const states = changed.flatMap(({ before, after }) => [before, after]);
  const dependents = createDependents(ruleset, states);
  const keys = [...dependents(changed.map(({ after: { key } }) => key))];
  const sticky = dependents([...ruleset.flags, ...states].filter(isSticky).map(({ key }) => key));
  const stickyKeys = keys.filter((key) => sticky.has(key));
  const assignments = { get: await readAssignments(db, engines, stickyKeys, contexts) };

  const byFlag = new Map<string, number>();
  let affected = 0;
  await inTurns(contexts, (context) => {
    const differing = keys.filter((key) => {
      const [before, after] = engines.map((engine) => engine.evaluate(key, context, { assignments, defaultValue: null }).value);
      return !deepEqual(before, after);
    });
    for (const key of differing) byFlag.set(key, (byFlag.get(key) ?? 0) + 1);
    if (differing.length > 0) affected++;
  });
  return { affected, byFlag };
}

function isSticky({ rollout, rules }: Flag): boolean {
  return rollout?.sticky === true || rules.some((rule) => rule.sticky === true);
}

async function readAssignments(
  db: Settings["db"],
  engines: readonly Engine[],
  keys: readonly string[],
  contexts: readonly FlagContext[],
): Promise<(flagKey: string, unit: string) => string | undefined> {
  const flagKeys = new Set<string>();
  const units = new Set<string>();
  if (keys.length > 0)
    await inTurns(contexts, (context) => {
      for (const engine of engines)
        for (const key of keys)
          for (const { flagKey, unit } of engine.stickyUnits(context, key))
            if (isAssignableUnit(unit)) {
              units.add(unit);
              flagKeys.add(flagKey);
            }
    });
  if (units.size === 0) return () => undefined;
  const rows = await db.assignments([...units], [...flagKeys]);
  const kept = new Map(rows.map(({ flagKey, userId, variantKey }) => [`${flagKey}\n${userId}`, variantKey]));
  return (flagKey, unit) => kept.get(`${flagKey}\n${unit}`);
}

/** Does the work for each, and lets others run in between. */
async function inTurns<T>(items: readonly T[], work: (item: T) => void): Promise<void> {
  let since = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - since < TURN_MS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    since = performance.now();
  }
}
