import type { Flag } from "../../src/model/flag";
import type { Layer, Segment } from "../../src/model/segment";

const AT = "2026-01-02T03:04:05.678Z";

/** A flag with nothing but what a flag must have. */
export function plainFlag(key: string, fields: Partial<Flag> = {}): Flag {
  return {
    key,
    type: "boolean",
    status: "active",
    defaultValue: false,
    rules: [],
    locked: false,
    version: 1,
    createdAt: AT,
    updatedAt: AT,
    ...fields,
  };
}

/** A flag with every field that there is, values that are easily mangled among them. */
export function fullFlag(key: string): Flag {
  return {
    key,
    type: "json",
    status: "killed",
    defaultValue: null,
    offValue: "123",
    name: "A name",
    description: 'It\'s "quoted", 100 % \\ escaped; -- and ünïcødé 🎉',
    tags: ["a", "b,c", 'd"e', "{f}", ""],
    namespace: "shop",
    environment: "production",
    environmentDefaults: { production: "true", staging: null },
    rollout: { percentage: 12.5, hashKey: "tenantId", salt: "s", sticky: true, value: { deep: [1, { x: null }] } },
    variants: [
      { key: "control", value: null, weight: 1 },
      { key: "treatment", name: "T", value: { "quoted key": [false, 0, ""] }, weight: 0.5 },
    ],
    rules: [
      { id: "6f1ed002-ab5e-4d1a-9b1c-3d9f1b0f5c11", priority: 0, conditions: { all: [] }, value: null },
      {
        id: "rule-two",
        priority: 7,
        name: "Second",
        conditions: { any: [{ dimension: "plan", op: "in", value: ["pro", "123"] }, { segment: "staff" }] },
        enabled: false,
        rolloutPct: 33.3,
        isHoldout: true,
        sticky: true,
        distribution: [{ variantId: "control", weight: 1 }],
      },
      { id: "three", priority: 7, conditions: true, enabled: true, isHoldout: false, variantId: "treatment" },
      { id: "four", priority: 8, conditions: false, outcome: { value: "x", enabled: false } },
      {
        id: "five",
        priority: 9,
        conditions: true,
        split: { by: { algorithm: "native", unit: "userId" }, ranges: [[0, 50, null]], rest: { variant: "control" } },
      },
    ],
    overrides: [
      { scope: "user", id: "zoe", value: null },
      { scope: "tenant", id: "acme", variantId: "control" },
      { scope: "user", id: "al", value: "1" },
    ],
    prerequisites: [{ flagKey: "other", value: true }],
    off: { value: 1 },
    fallthrough: { variant: "control" },
    scheduledAt: "2026-02-01T00:00:00.000Z",
    expiresAt: "2026-03-01T00:00:00.001Z",
    clientVisible: false,
    permanent: true,
    owner: "team-a",
    locked: true,
    lockedReason: "freeze",
    version: 41,
    createdAt: AT,
    updatedAt: "2026-01-03T00:00:00.000Z",
  };
}

export function plainSegment(key: string, fields: Partial<Segment> = {}): Segment {
  return { key, rules: { all: [] }, version: 1, createdAt: AT, updatedAt: AT, ...fields };
}

export function plainLayer(key: string, fields: Partial<Layer> = {}): Layer {
  return { key, allocations: [{ flagKey: "a", start: 0, end: 12.5 }], version: 1, createdAt: AT, updatedAt: AT, ...fields };
}
