import { findAttribute } from "./launchdarkly-attributes";
import type { Clause, LaunchDarklyDocument, LaunchDarklyFlag, Rollout, VariationOrRollout } from "./launchdarkly-document";

/** What of a document cannot be evaluated, or not here. */
export interface Faults {
  /** Whether an evaluation of the flag may fail, for some context. */
  canFail(key: string): boolean;
  /** Whether it fails when the flag is off. */
  failsWhenOff(key: string): boolean;
  warningsOf(flag: LaunchDarklyFlag): string[];
}

export function createFaults({ flags, segments = [] }: LaunchDarklyDocument): Faults {
  const flagOf = new Map(flags);
  const segmentOf = new Map(segments.filter(([, { deleted }]) => !deleted));

  /** The segments that clauses name, and those that these name in turn; and whether they come back to where they were. */
  function segmentsOf(clauses: readonly Clause[], above: readonly string[] = []): { keys: string[]; isCircular: boolean } {
    const named = clauses.filter(({ op }) => op === "segmentMatch").flatMap(({ values = [] }) => values);
    const known = named.filter((each) => typeof each === "string" && segmentOf.has(each)) as string[];
    const found = { keys: [...known], isCircular: known.some((each) => above.includes(each)) };
    for (const key of new Set(known)) {
      if (above.includes(key)) continue;
      const below = segmentsOf(segmentOf.get(key)?.rules?.flatMap((rule) => rule.clauses ?? []) ?? [], [...above, key]);
      found.keys.push(...below.keys);
      found.isCircular ||= below.isCircular;
    }
    return found;
  }

  function clausesFail(clauses: readonly Clause[]): boolean {
    const { keys, isCircular } = segmentsOf(clauses);
    const rules = keys.flatMap((key) => segmentOf.get(key)?.rules ?? []);
    return (
      isCircular ||
      [...clauses, ...rules.flatMap((rule) => rule.clauses ?? [])].some(
        ({ op, attribute = "", contextKind }) => op !== "segmentMatch" && !findAttribute(attribute, contextKind),
      ) ||
      rules.some(({ weight, bucketBy, rolloutContextKind }) => weight !== undefined && !isReference(bucketBy, rolloutContextKind))
    );
  }

  function flagFails(key: string, above: readonly string[]): boolean {
    const flag = flagOf.get(key);
    if (!flag) return false;
    if (above.includes(key)) return true;
    const { rules = [], targets = [], contextTargets = [], fallthrough, prerequisites = [] } = flag;
    return (
      failsOff(flag) ||
      [...rules, fallthrough ?? {}].some((each) => servesError(flag, each)) ||
      [...targets, ...contextTargets].some(({ variation }) => !has(flag, variation)) ||
      rules.some(({ clauses = [] }) => clausesFail(clauses)) ||
      prerequisites.some((each) => flagFails(each.key, [...above, key]))
    );
  }

  return {
    canFail: (key) => flagFails(key, []),
    failsWhenOff: (key) => failsOff(flagOf.get(key) ?? {}),
    warningsOf({ rules = [] }) {
      const { keys } = segmentsOf(rules.flatMap(({ clauses = [] }) => clauses));
      return [...new Set(keys)]
        .filter((key) => segmentOf.get(key)?.unbounded)
        .map((key) => `who is in the segment "${key}" is kept outside the document; only the segment's rules count here`);
    },
  };
}

function has({ variations = [] }: LaunchDarklyFlag, variation: number | undefined): boolean {
  return variation !== undefined && Object.hasOwn(variations, variation);
}

function failsOff(flag: LaunchDarklyFlag): boolean {
  return flag.offVariation !== undefined && !has(flag, flag.offVariation);
}

function servesError(flag: LaunchDarklyFlag, { variation, rollout }: VariationOrRollout): boolean {
  if (variation !== undefined) return !has(flag, variation);
  const { variations = [], kind, bucketBy, contextKind }: Rollout = rollout ?? {};
  const isDivided = variations.length > 0 && (kind === "experiment" || isReference(bucketBy, contextKind));
  return !isDivided || variations.some((each) => !has(flag, each.variation));
}

function isReference(bucketBy: string | undefined, contextKind: string | undefined): boolean {
  return !bucketBy || findAttribute(bucketBy, contextKind) !== undefined;
}
