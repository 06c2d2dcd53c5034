import { readFileSync } from "node:fs";

/** Who is compared, as the parent knows them. */
export interface Side {
  /** The file in `contestants/`. */
  readonly name: string;
  readonly kind: "rollease" | "floor" | "peer";
  /** The package that it is, of peers. */
  readonly from?: string;
  /** What is called, for one flag and for all of them. */
  readonly calls: string;
}

export const sides: readonly Side[] = [
  { name: "rollease", kind: "rollease", calls: "`evaluate`; `evaluateAll`" },
  { name: "closure-floor", kind: "floor", calls: "one closure a condition, by hand" },
  { name: "strict-floor", kind: "floor", calls: "one function a rule, by hand" },
  {
    name: "growthbook",
    kind: "peer",
    from: "@growthbook/growthbook",
    calls: "`GrowthBookClient.evalFeature`; a loop over the keys",
  },
  {
    name: "unleash",
    kind: "peer",
    from: "unleash-client",
    calls: "`isEnabled`, `getVariant` for the split; a loop over the keys",
  },
  {
    name: "launchdarkly",
    kind: "peer",
    from: "@launchdarkly/node-server-sdk",
    calls: "`await variationDetail`; `await allFlagsState` with reasons",
  },
  {
    name: "flagd",
    kind: "peer",
    from: "@openfeature/flagd-core",
    calls: "`resolveBooleanEvaluation`, `resolveStringEvaluation` for the split; `resolveAll`; targeting compiled",
  },
  {
    name: "configcat",
    kind: "peer",
    from: "@configcat/sdk",
    calls: "`getValueDetails` of a snapshot; `await getAllValueDetailsAsync`",
  },
  {
    name: "featurevisor",
    kind: "peer",
    from: "@featurevisor/sdk",
    calls: "`evaluateFlag`, `evaluateVariation` for the split; `getAllEvaluations`",
  },
];

export const peers = sides.filter(({ kind }) => kind === "peer");
/** Everybody who reads definitions from JSON, as a product does. */
export const products = sides.filter(({ kind }) => kind !== "floor");

/** The name in tables: the package and its installed version. */
export function labelOf({ name, from }: Side): string {
  if (from === undefined) return name;
  const manifest = readFileSync(new URL(`node_modules/${from}/package.json`, import.meta.url), "utf8");
  return `${from} ${(JSON.parse(manifest) as { readonly version: string }).version}`;
}
