import type { Bucketing, Condition } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import { leaf } from "./conditions";
import { flagdV1, flagdV2, flagdV3, flagdV3Boolean, flagdV3Number, flagdV3Pair } from "./flagd-bucket";
import type { Scope } from "./flagd-conditions";
import type { Logic } from "./flagd-document";
import { type ContextValue, inText, readValue, TARGETING_KEY } from "./flagd-values";

export type FractionalVersion = "v1" | "v2" | "v3";

/** Shares of the units, by whatever stands for a variant there. */
export interface Shares {
  readonly parts: readonly { readonly logic: Logic; readonly start: number; readonly end: number }[];
  readonly total: number;
}

/** Which units a share is of: all that `when` holds for, by a bucket that is known already or is worked out for each. */
export interface Units {
  readonly when: Condition;
  readonly by: Bucketing | number;
}

const MAX_WEIGHT = 0x7fffffff;
const ALGORITHMS = { v1: "flagd-v1", v2: "flagd-v2", v3: "flagd-v3" } as const;
const HASHES = { v1: flagdV1, v2: flagdV2, v3: flagdV3 } as const;

/** Whether the first argument is what the bucket is worked out of: everything but a list is. */
export function hasBucketKey([first]: readonly Logic[]): boolean {
  return first !== undefined && !Array.isArray(first);
}

/** Reads the shares; `"none"` for what flagd refuses, and gives nobody, `undefined` for what cannot be told here. */
export function readShares(buckets: readonly Logic[], version: FractionalVersion, flagKey: string): Shares | "none" | undefined {
  const read: { logic: Logic; weight: number }[] = [];
  for (const bucket of buckets) {
    if (!Array.isArray(bucket) || bucket.length === 0 || bucket.length > 2) return "none";
    const [logic = null, share = 1] = bucket as readonly JsonValue[];
    const weight = bucket.length < 2 ? { constant: 1 } : readValue(share, flagKey);
    if (!weight || !("constant" in weight)) return undefined;
    if (!Number.isInteger(weight.constant)) return "none";
    read.push({ logic, weight: Math.max(0, weight.constant as number) });
  }
  const total = read.reduce((sum, { weight }) => sum + weight, 0);
  if (total > MAX_WEIGHT || total === 0) return "none";
  // The first version counts in percent.
  const size = version === "v1" ? 100 : total;
  let walked = 0;
  const parts = read.map(({ logic, weight }) => {
    const start = (walked / total) * size;
    return { logic, start, end: ((walked += weight) / total) * size };
  });
  return { parts, total: size };
}

/** The units of a rule without a bucketing key of its own: the flag's key and the targeting key. */
export function unitsByTargetingKey(flagKey: string, version: FractionalVersion, size: number): Units[] {
  const isPair = version === "v3";
  const algorithm = isPair ? "flagd-v3-pair" : ALGORITHMS[version];
  const prefix = isPair ? `${flagKey.length}:${flagKey}` : flagKey;
  return [
    { when: true, by: { algorithm, unit: TARGETING_KEY, prefix, size } },
    {
      when: leaf(TARGETING_KEY, "eq", true, { as: "only-boolean" }),
      by: (isPair ? flagdV3Pair : HASHES[version])(`${prefix}true`, 0, size, "utf8"),
    },
  ];
}

/** The units of a rule with a key of its own; `undefined` for one that cannot be told here. */
export function unitsByKey(
  logic: Logic,
  version: FractionalVersion,
  { flagKey, isCompiled }: Pick<Scope, "flagKey" | "isCompiled">,
  size: number,
): Units[] | undefined {
  const value = readValue(logic, flagKey);
  if (!value || "time" in value) return undefined;
  const hash = (text: string): number => HASHES[version](text, 0, size, "utf8");
  const algorithm = ALGORITHMS[version];
  if ("constant" in value) return unitsOfConstant(value.constant, version, size).map((by) => ({ when: true, by }));
  if ("dimension" in value) return unitsByValue(value, version, size);
  const { prefix, of, suffix } = value;
  if (typeof of.fallback === "object" && of.fallback) return undefined;
  const { dimension } = of;
  const known = (sample: string, when: Condition): Units => ({ when, by: hash(prefix + sample + suffix) });
  return [
    // Whatever is no text and no number has no bucket there, and goes on to what follows.
    { when: true, by: { algorithm, unit: dimension, prefix, suffix, size } },
    known("", leaf(dimension, "eq", "", { as: "only-string" })),
    known(inText(of.fallback, isCompiled), leaf(dimension, "exists", false)),
    known("true", leaf(dimension, "eq", true, { as: "only-boolean" })),
    known("false", leaf(dimension, "eq", false, { as: "only-boolean" })),
    known("[object Object]", leaf(dimension, "type", "object")),
    { when: { all: [leaf(dimension, "type", "array"), { error: "is a list, and not to be put into text" }] }, by: 0 },
  ];
}

/** Text alone is a key; of CBOR, numbers and truth values are, too. */
function unitsByValue({ dimension, fallback }: ContextValue, version: FractionalVersion, size: number): Units[] {
  const by = { algorithm: ALGORITHMS[version], unit: dimension, size };
  const known = (sample: JsonValue, when: Condition): Units[] =>
    unitsOfConstant(sample, version, size).map((one) => ({ when, by: one }));
  return [
    ...known("", leaf(dimension, "eq", "", { as: "only-string" })),
    { when: leaf(dimension, "type", "string"), by },
    ...(version === "v3" ? [{ when: leaf(dimension, "type", "number"), by: { ...by, algorithm: "flagd-v3-number" } }] : []),
    ...known(true, leaf(dimension, "eq", true, { as: "only-boolean" })),
    ...known(false, leaf(dimension, "eq", false, { as: "only-boolean" })),
    ...known(fallback, leaf(dimension, "exists", false)),
  ];
}

function unitsOfConstant(value: JsonValue, version: FractionalVersion, size: number): number[] {
  if (typeof value === "string") return [HASHES[version](value, 0, size, "utf8")];
  if (version !== "v3") return [];
  if (typeof value === "boolean") return [flagdV3Boolean(value, size)];
  return typeof value === "number" ? [flagdV3Number(String(value), 0, size, "utf8")] : [];
}
