import fc from "fast-check";
import type { Condition } from "../../src/model/condition";
import type { Layer, Segment } from "../../src/model/segment";
import type { Snapshot } from "../../src/model/snapshot";
import { condition } from "./arbitrary-conditions";
import { flagOf } from "./arbitrary-flags";
import { leaf } from "./arbitrary-leaves";
import { defined, ENVIRONMENTS, FLAG_KEYS, jsonValue, seldom, SEGMENT_KEYS, STAMP } from "./arbitrary-values";

const segment = fc.constantFrom(...SEGMENT_KEYS).map((key) => ({ segment: key }));

/** Most segments refer to nothing: segments that always came back to themselves would disable most flags. */
const rules: fc.Arbitrary<Condition> = fc.oneof(
  { weight: 6, arbitrary: leaf },
  { weight: 2, arbitrary: condition },
  { weight: 1, arbitrary: fc.tuple(leaf, segment).map((any) => ({ any })) },
);

export function segmentOf(key: string): fc.Arbitrary<Segment> {
  return rules.map((each) => ({ ...STAMP, key, rules: each }));
}

const hashKey = fc.option(fc.constantFrom("userId", "tenantId", "age"), { nil: undefined });

/** Layers that share out everything, and layers that leave gaps. */
export function layerOf(key: string): fc.Arbitrary<Layer> {
  const parts = fc.record({
    hashKey,
    keys: fc.shuffledSubarray([...FLAG_KEYS], { minLength: 1, maxLength: 3 }),
    gap: fc.constantFrom(0, 10),
  });
  return parts.map(({ keys, gap, ...rest }) => {
    const width = 100 / keys.length;
    const allocations = keys.map((flagKey, i) => ({ flagKey, start: i * width, end: (i + 1) * width - gap }));
    return defined({ ...STAMP, key, ...rest, allocations });
  });
}

export const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    environment: fc.option(fc.constantFrom(...ENVIRONMENTS), { nil: undefined }),
    flags: fc.tuple(...FLAG_KEYS.map(flagOf)),
    segments: fc
      .tuple(...SEGMENT_KEYS.map((key) => seldom(segmentOf(key), 2)))
      .map((all) => all.filter((each) => each !== undefined)),
    layers: fc
      .tuple(seldom(layerOf("layer"), 5), seldom(layerOf("läyer"), 10))
      .map((all) => all.filter((each) => each !== undefined)),
  })
  .map((fields) => defined({ version: 1, checkpoint: "e.1", ...fields }) as Snapshot);

/** What a host remembers of earlier assignments: variants that exist, that are gone, and the one of plain rollouts. */
export const assignments = fc.dictionary(
  fc.constantFrom(...FLAG_KEYS),
  fc.dictionary(fc.constantFrom("u1", "u2", "ärger", "t1", "pro", "7"), fc.constantFrom("a", "b", "c", "gone", "on")),
);
export const overrides = fc.oneof(
  { weight: 5, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...FLAG_KEYS), jsonValue) },
);
