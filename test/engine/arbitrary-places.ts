import fc from "fast-check";
import type { Dimension } from "../../src/model/condition";
import type { JsonValue } from "../../src/model/json";
import {
  ADDRESSES,
  DATES,
  ENVIRONMENTS,
  jsonValue,
  NETWORKS,
  NOW,
  number,
  scalar,
  text,
  variantId,
  VERSIONS,
} from "./arbitrary-values";

/** Dimensions by what is likely to be found there, and values that are. */
export interface Places extends Readonly<
  Record<"any" | "numbers" | "texts" | "versions" | "addresses" | "dates", readonly Dimension[]>
> {
  readonly networks: readonly Dimension[];
  readonly values: readonly (readonly [at: Dimension, value: fc.Arbitrary<JsonValue>])[];
}

export const IN_CONTEXT: Places = {
  any: ["userId", "userType", "region", "tenantId", "environment", "plan", "age", "tags", "cart.total", "when", "constructor"],
  numbers: ["age", "age", "cart.total", ["cart", "total"], { first: ["nothing", "age", "plan"] }, "tags.length", "plan", "$now"],
  texts: ["plan", "tags", "userId", "region", ["plan"], ["tags", "0"], { first: ["nothing", ["plan"], "userId"] }, "cart.label"],
  versions: ["version", "release"],
  addresses: ["ip", "peer"],
  dates: ["when", "$now"],
  networks: ["net"],
  values: [
    ["userId", fc.constantFrom("u1", "u2", "ärger")],
    ["userType", fc.constantFrom("internal", "Beta")],
    ["region", fc.constantFrom("EU", "us")],
    ["tenantId", fc.constantFrom("t1", "t2")],
    ["environment", fc.constantFrom(...ENVIRONMENTS)],
    ["plan", scalar],
    ["tags", text],
    ["age", number],
    ["cart.total", number],
    [{ first: ["nothing", "plan", "userId"] }, text],
  ],
};

/** Below `some` and `where`: an element of a list, or another flag's result. */
export const IN_ROOT: Places = {
  any: [[], "total", "label", "value", "variant", "enabled", "value.a", ["value", "b"], "userId", "toString"],
  numbers: ["total", ["total"], [], { first: ["total", "value"] }],
  texts: [[], "label", "reason", "variant", "value", { first: ["variant", "label"] }],
  versions: ["release", []],
  addresses: ["peer", []],
  dates: ["when", "$now"],
  networks: ["net"],
  values: [
    [[], text],
    ["label", text],
    ["total", number],
    ["variant", variantId],
    ["enabled", fc.boolean()],
    ["reason", fc.constantFrom("default", "rule_match", "weighted_random")],
    ["value", jsonValue],
  ],
};

/** What a context has at these places. */
export const formats = {
  version: fc.constantFrom(...VERSIONS, "x1", ""),
  address: fc.constantFrom(...ADDRESSES),
  network: fc.constantFrom<unknown>(...NETWORKS, "10.0.0.0/99", 5),
  date: fc.constantFrom<unknown>(...DATES, NOW, new Date(NOW), "someday", true),
};
