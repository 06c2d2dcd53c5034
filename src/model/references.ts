import { conditionNodes } from "./condition-walk";
import type { Flag } from "./flag";
import type { Segment } from "./segment";

/** One definition's need of another. */
export interface Reference {
  readonly kind: "flag" | "segment";
  readonly key: string;
  /** Where in the definition that needs it. */
  readonly path: string;
  /** The context may name the segment instead, so that none of that key need exist. */
  readonly loose?: true;
}

/** Every flag and segment that a definition names. */
export function referencesOf(definition: Pick<Flag, "rules" | "prerequisites"> | Pick<Segment, "rules">): Reference[] {
  const references: Reference[] = [];
  for (const { node, path } of conditionNodes(definition)) {
    if (typeof node === "boolean") continue;
    if ("segment" in node) references.push({ kind: "segment", key: node.segment, path: `${path}.segment` });
    else if ("flag" in node) references.push({ kind: "flag", key: node.flag, path: `${path}.flag` });
    else if ("op" in node && node.dimension === "segment")
      for (const key of [node.value].flat())
        if (typeof key === "string") references.push({ kind: "segment", key, path: `${path}.value`, loose: true });
  }
  const prerequisites = "prerequisites" in definition ? (definition.prerequisites ?? []) : [];
  for (const [i, one] of prerequisites.entries())
    if (typeof one === "object" && "flagKey" in one)
      references.push({ kind: "flag", key: one.flagKey, path: `prerequisites[${i}].flagKey` });
  return references;
}
