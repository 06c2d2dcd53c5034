import type { Flag } from "../../src/model/flag";
import type { Segment } from "../../src/model/segment";

/** The definitions that evaluating a definition may ask about, layers aside: those name flags, not the other way round. */
export interface References {
  readonly flags: ReadonlySet<string>;
  readonly segments: ReadonlySet<string>;
}

interface Collected {
  readonly flags: Set<string>;
  readonly segments: Set<string>;
}

/** What a flag's rules and prerequisites reach directly. */
export function flagReferences(flag: Flag): References {
  const found: Collected = { flags: new Set(), segments: new Set() };
  for (const rule of flag.rules) collect(rule.conditions, found);
  for (const prerequisite of flag.prerequisites ?? []) {
    if (typeof prerequisite === "object" && "flagKey" in prerequisite) found.flags.add(prerequisite.flagKey);
    else collect(prerequisite, found);
  }
  return found;
}

/** What a segment's rules reach directly. */
export function segmentReferences(segment: Segment): References {
  const found: Collected = { flags: new Set(), segments: new Set() };
  collect(segment.rules, found);
  return found;
}

function collect(condition: unknown, found: Collected): void {
  if (typeof condition !== "object" || condition === null) return;
  const node = condition as Readonly<Record<string, unknown>>;
  for (const branch of [node["all"], node["any"], node["none"]]) {
    if (Array.isArray(branch)) for (const child of branch) collect(child, found);
  }
  if (typeof node["segment"] === "string") found.segments.add(node["segment"]);
  if (typeof node["flag"] === "string") found.flags.add(node["flag"]);
  collect(node["where"], found);
  collect(node["some"], found);
  // A leaf over the dimension `segment` compares keys of segments.
  if ((node["dimension"] ?? node["attribute"] ?? node["field"]) === "segment") {
    for (const key of [node["value"], node["values"]].flat()) if (typeof key === "string") found.segments.add(key);
  }
}
