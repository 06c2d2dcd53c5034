import type { FlagContext } from "../../src/model/context";
import type { Flag, Rule } from "../../src/model/flag";
import type { Snapshot } from "../../src/model/snapshot";

const STAMP = { version: 1, createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-01T00:00:00Z" };

function flag(key: string, rest: Partial<Flag>): Flag {
  return { ...STAMP, key, type: "boolean", status: "active", defaultValue: false, rules: [], ...rest };
}

const RULES: readonly Rule[] = [
  { id: "r1", value: true, conditions: { all: [is("region", "EU"), is("plan", "enterprise")] } },
  {
    id: "r2",
    value: true,
    conditions: {
      all: [
        { dimension: "userType", op: "in", value: ["internal", "beta"] },
        { dimension: "age", op: "gte", value: 90 },
      ],
    },
  },
  { id: "r3", value: true, conditions: { all: [is("region", "EU"), is("plan", "pro")] } },
];

const VARIANTS = [
  { key: "control", value: "control", weight: 50 },
  { key: "blue", value: "blue", weight: 30 },
  { key: "green", value: "green", weight: 20 },
];

export const KINDS = ["static", "rules", "rollout", "split"] as const;
export type Kind = (typeof KINDS)[number];

/** A flag of each workload: nothing but a default; the last of three rules; a rollout behind rules that do not match; a split. */
export function flagOf(kind: Kind, key: string): Flag {
  if (kind === "static") return flag(key, { defaultValue: true });
  if (kind === "rules") return flag(key, { rules: RULES });
  if (kind === "rollout") return flag(key, { rules: RULES.slice(0, 2), rollout: { percentage: 50 } });
  return flag(key, { type: "multivariate", defaultValue: "control", variants: VARIANTS, rollout: { percentage: 100 } });
}

/** Of a thousand flags in a product, most are static or a rollout. */
const MIX: readonly Kind[] = ["static", "rollout", "static", "rules", "rollout", "static", "split", "static", "rollout", "rules"];
export const mixed: readonly (readonly [key: string, kind: Kind])[] = Array.from({ length: 1000 }, (_, i) => [
  `flag-${i}`,
  MIX[i % MIX.length] as Kind,
]);

export function snapshotOf(flags: readonly Flag[]): Snapshot {
  return { version: 1, checkpoint: "bench.1", flags, segments: [], layers: [] };
}

/** Many units, so that none is hashed twice in a row. Their strings are made at run time, as those of a request are. */
export const contexts: readonly FlagContext[] = Array.from({ length: 256 }, (_, i) => ({
  userId: `user-${(i * 7919).toString(36)}`,
  userType: "standard",
  region: "EU",
  attributes: { plan: "pro", age: 20 + (i % 50), country: "DE" },
}));

function is(dimension: string, value: string): { dimension: string; op: "eq"; value: string } {
  return { dimension, op: "eq", value };
}
