import type { EngineWarning } from "../../src/engine/types";
import { conditionNodes } from "../../src/model/condition-walk";
import type { Flag } from "../../src/model/flag";
import type { Segment } from "../../src/model/segment";
import type { Snapshot } from "../../src/model/snapshot";

/** Segments that cannot be evaluated, each with a flag that asks for it, if through others. */
export function flagsOfBroken(
  { flags, segments }: Snapshot,
  warnings: readonly EngineWarning[],
): { readonly flagKey: string; readonly segment: string; readonly message: string }[] {
  const broken = new Map(warnings.filter(({ kind }) => kind === "segment").map(({ key, message }) => [key, message]));
  if (broken.size === 0) return [];
  const rulesOf = new Map(segments.map((segment) => [segment.key, segment]));
  return flags.flatMap((flag) => {
    const reached = new Set(namedBy(flag));
    for (const key of reached) for (const next of namedBy(rulesOf.get(key))) reached.add(next);
    return [...reached].flatMap((segment) => {
      const message = broken.get(segment);
      return message === undefined ? [] : [{ flagKey: flag.key, segment, message }];
    });
  });
}

function namedBy(definition: Flag | Segment | undefined): string[] {
  const nodes = definition ? [...conditionNodes(definition)] : [];
  return nodes.flatMap(({ node }) => (typeof node === "object" && "segment" in node ? [node.segment] : []));
}
