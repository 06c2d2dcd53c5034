import { createEngine } from "../../engine/create-engine";
import { deepEqual } from "../../engine/deep-equal";
import type { Engine } from "../../engine/types";
import type { FlagContext } from "../../model/context";
import type { Flag } from "../../model/flag";
import { referencesOf } from "../../model/references";
import type { Snapshot } from "../../model/snapshot";
import type { Settings } from "../config";
import { isAssignableUnit } from "../sticky";

/** Contexts that are compared before others are let run. */
const PAGE = 50;

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
  const keys = [...dependentsOf(ruleset, changed)];
  const assignments = { get: await readAssignments(db, engines, keys, contexts) };

  const byFlag = new Map<string, number>();
  let affected = 0;
  for (const [i, context] of contexts.entries()) {
    if (i % PAGE === PAGE - 1) await new Promise((resolve) => setTimeout(resolve, 0));
    const differing = keys.filter((key) => {
      const [before, after] = engines.map((engine) => engine.evaluate(key, context, { assignments, defaultValue: null }).value);
      return !deepEqual(before, after);
    });
    for (const key of differing) byFlag.set(key, (byFlag.get(key) ?? 0) + 1);
    if (differing.length > 0) affected++;
  }
  return { affected, byFlag };
}

/** The changed flags, and every flag that comes to one of them by its references, before or after. */
function dependentsOf(
  { flags, segments }: Pick<Snapshot, "flags" | "segments">,
  changed: readonly { readonly before: Flag; readonly after: Flag }[],
): ReadonlySet<string> {
  const users = new Map<string, Set<string>>();
  const add = (kind: string, doc: Parameters<typeof referencesOf>[0] & { readonly key: string }): void => {
    for (const reference of referencesOf(doc)) {
      const id = `${reference.kind}:${reference.key}`;
      const known = users.get(id) ?? new Set();
      users.set(id, known.add(`${kind}:${doc.key}`));
    }
  };
  for (const flag of flags) add("flag", flag);
  for (const segment of segments) add("segment", segment);
  for (const { before, after } of changed) [before, after].forEach((flag) => add("flag", flag));

  const reached = new Set(changed.map(({ after: { key } }) => `flag:${key}`));
  for (const id of reached) for (const user of users.get(id) ?? []) reached.add(user);
  return new Set([...reached].flatMap((id) => (id.startsWith("flag:") ? [id.slice("flag:".length)] : [])));
}

async function readAssignments(
  db: Settings["db"],
  engines: readonly Engine[],
  keys: readonly string[],
  contexts: readonly FlagContext[],
): Promise<(flagKey: string, unit: string) => string | undefined> {
  const asked = engines
    .flatMap((engine) => contexts.flatMap((context) => keys.flatMap((key) => engine.stickyUnits(context, key))))
    .filter(({ unit }) => isAssignableUnit(unit));
  if (asked.length === 0) return () => undefined;
  const distinct = (field: "flagKey" | "unit"): string[] => [...new Set(asked.map((one) => one[field]))];
  const rows = await db.assignments(distinct("unit"), distinct("flagKey"));
  const kept = new Map(rows.map(({ flagKey, userId, variantKey }) => [`${flagKey}\n${userId}`, variantKey]));
  return (flagKey, unit) => kept.get(`${flagKey}\n${unit}`);
}
