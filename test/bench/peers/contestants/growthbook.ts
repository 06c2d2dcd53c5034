import { GrowthBookClient, type FeatureApiResponse, type FeatureResult, type UserContext } from "@growthbook/growthbook";
import type { Kind } from "../../definitions";
import type { Contestant } from "../contestant";

const RULES = [
  { id: "r1", condition: { region: "EU", plan: "enterprise" }, force: true },
  { id: "r2", condition: { userType: { $in: ["internal", "beta"] }, age: { $gte: 90 } }, force: true },
  { id: "r3", condition: { region: "EU", plan: "pro" }, force: true },
];

const FEATURES: Readonly<Record<Kind, unknown>> = {
  static: { defaultValue: true },
  rules: { defaultValue: false, rules: RULES },
  rollout: {
    defaultValue: false,
    rules: [...RULES.slice(0, 2), { id: "half", force: true, coverage: 0.5, hashAttribute: "id" }],
  },
  split: {
    defaultValue: "control",
    rules: [
      {
        id: "split",
        coverage: 1,
        hashAttribute: "id",
        variations: ["control", "blue", "green"],
        weights: [0.5, 0.3, 0.2],
      },
    ],
  },
};

/** The client for many users, which makes the fewest objects an evaluation, without callbacks, plugins and scoped instances. */
export const contestant: Contestant<UserContext, FeatureResult, Readonly<Record<string, FeatureResult>>> = {
  define: (flags) => JSON.stringify({ features: Object.fromEntries(flags.map(([key, kind]) => [key, FEATURES[kind]])) }),
  open(text) {
    const client = new GrowthBookClient().initSync({ payload: JSON.parse(text) as FeatureApiResponse });
    const keys = Object.keys(client.getFeatures());
    return {
      ask: (key) => (context) => client.evalFeature(key, context),
      askAll(context) {
        const results: Record<string, FeatureResult> = {};
        for (const key of keys) results[key] = client.evalFeature(key, context);
        return results;
      },
    };
  },
  translate: ({ userId, userType, region, attributes }) => ({ attributes: { id: userId, userType, region, ...attributes } }),
  valueOf: (answer) => answer.value,
  valuesOf: (answers) => Object.fromEntries(Object.entries(answers).map(([key, { value }]) => [key, value])),
};
