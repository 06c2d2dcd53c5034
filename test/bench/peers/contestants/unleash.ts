import { once } from "node:events";
import { InMemStorageProvider, Unleash, type Context, type FeatureInterface, type Variant } from "unleash-client";
import type { Kind } from "../../definitions";
import type { Contestant } from "../contestant";

type Asked = boolean | Variant;

const RULES = [
  { name: "default", parameters: {}, constraints: [isIn("region", "EU"), isIn("plan", "enterprise")] },
  {
    name: "default",
    parameters: {},
    constraints: [
      isIn("userType", "internal", "beta"),
      { contextName: "age", operator: "NUM_GTE", value: "90", values: [], inverted: false },
    ],
  },
  { name: "default", parameters: {}, constraints: [isIn("region", "EU"), isIn("plan", "pro")] },
];

/** A flag without strategies is on for everybody. Variants of the flag cost one hash, those of a strategy two. */
const FEATURES: Readonly<Record<Kind, (key: string) => unknown>> = {
  static: () => ({ strategies: [] }),
  rules: () => ({ strategies: RULES }),
  rollout: (key) => ({
    strategies: [
      ...RULES.slice(0, 2),
      { name: "flexibleRollout", parameters: { rollout: "50", stickiness: "userId", groupId: key }, constraints: [] },
    ],
  }),
  split: () => ({
    strategies: [],
    variants: [variant("control", 500), variant("blue", 300), variant("green", 200)],
  }),
};

export const contestant: Contestant<Context, Asked, Readonly<Record<string, Asked>>> = {
  define(flags) {
    const features = flags.map(([name, kind]) => ({ name, type: "release", enabled: true, ...(FEATURES[kind](name) as object) }));
    return JSON.stringify({ version: 2, features });
  },
  async open(text) {
    const { features } = JSON.parse(text) as { readonly features: readonly FeatureInterface[] };
    const unleash = new Unleash({
      appName: "bench",
      // Never called: an interval of 0 fetches nothing.
      url: "http://localhost/api",
      refreshInterval: 0,
      disableMetrics: true,
      skipInstanceCountWarning: true,
      storageProvider: new InMemStorageProvider(),
      bootstrap: { data: features },
    });
    await once(unleash, "ready");
    const ask = (key: string, isSplit: boolean): ((context: Context) => Asked) =>
      isSplit ? (context) => unleash.getVariant(key, context) : (context) => unleash.isEnabled(key, context);
    const all = unleash.getFeatureToggleDefinitions().map(({ name, variants }) => [name, variants !== undefined] as const);
    return {
      ask: (key, kind) => ask(key, kind === "split"),
      askAll(context) {
        const results: Record<string, Asked> = {};
        for (const [key, isSplit] of all)
          results[key] = isSplit ? unleash.getVariant(key, context) : unleash.isEnabled(key, context);
        return results;
      },
    };
  },
  translate: ({ userId, userType, region, attributes }) => ({ userId, properties: { userType, region, ...attributes } }),
  valueOf,
  valuesOf: (answers) => Object.fromEntries(Object.entries(answers).map(([key, answer]) => [key, valueOf(answer)])),
};

function valueOf(answer: Asked): unknown {
  return typeof answer === "boolean" ? answer : answer.name;
}

function isIn(contextName: string, ...values: readonly string[]): unknown {
  return { contextName, operator: "IN", values, inverted: false, caseInsensitive: false };
}

function variant(name: string, weight: number): unknown {
  return { name, weight, weightType: "variable", stickiness: "userId", payload: { type: "string", value: name } };
}
