import type { Change, DefinitionKind } from "../../src/model/definition";
import type { Flag, Rule } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";

/** A feed as a database keeps it: the latest state of each definition, removals included. */
export interface RawFeed {
  readonly seq: () => number;
  readonly all: () => Change[];
  /** One commit. `undefined` removes. */
  commit(...writes: Write[]): number;
}

export type Write = {
  readonly kind: DefinitionKind;
  readonly key: string;
  readonly doc?: Partial<Flag> | Partial<Segment> | Partial<Layer> | undefined;
};

export function createRawFeed(): RawFeed {
  const rows = new Map<string, Change>();
  let seq = 0;
  return {
    seq: () => seq,
    all: () => [...rows.values()].sort((a, b) => a.seq - b.seq),
    commit(...writes) {
      seq++;
      for (const { kind, key, doc } of writes) {
        const id = `${kind}:${key}`;
        const old = rows.get(id);
        if (!doc && (!old || old.deleted)) continue;
        const version = (old?.doc?.version ?? 0) + 1;
        const stamps = { key, version, createdAt: "2026-01-01T00:00:00.000Z", updatedAt: new Date(1e12 + seq).toISOString() };
        const change = doc ? { kind, key, seq, doc: { ...BASE[kind], ...doc, ...stamps } } : { kind, key, seq, deleted: true };
        rows.delete(id);
        rows.set(id, change as Change);
      }
      return seq;
    },
  };
}

const BASE = {
  flag: { type: "boolean", status: "active", defaultValue: false, rules: [] },
  segment: { rules: true },
  layer: { allocations: [] },
} as const;

/** A rule that asks for segments. */
export function ruleOn(...segments: string[]): Rule {
  return {
    id: `r-${segments.join("-")}`,
    name: "secret name",
    conditions: { all: segments.map((segment) => ({ segment })) },
    value: true,
  };
}
