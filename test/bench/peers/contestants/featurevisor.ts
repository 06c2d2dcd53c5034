import { createInstance, type Context, type EvaluatedFeatures, type Evaluation } from "@featurevisor/sdk";
import type { Kind } from "../../definitions";
import type { Contestant } from "../contestant";

const EVERYBODY = 100_000;

const SEGMENTS = {
  s1: { conditions: [is("region", "EU"), is("plan", "enterprise")] },
  s2: {
    conditions: [
      { attribute: "userType", operator: "in", value: ["internal", "beta"] },
      { attribute: "age", operator: "greaterThanOrEquals", value: 90 },
    ],
  },
  s3: { conditions: [is("region", "EU"), is("plan", "pro")] },
};

const RULES = ["s1", "s2", "s3"].map((segments, i) => ({ key: `r${i + 1}`, segments, percentage: EVERYBODY }));

const TRAFFIC: Readonly<Record<Kind, readonly unknown[]>> = {
  static: [{ key: "all", segments: "*", percentage: EVERYBODY }],
  rules: RULES,
  rollout: [...RULES.slice(0, 2), { key: "half", segments: "*", percentage: EVERYBODY / 2 }],
  split: [
    {
      key: "all",
      segments: "*",
      percentage: EVERYBODY,
      allocation: [
        { variation: "control", range: [0, 50_000] },
        { variation: "blue", range: [50_000, 80_000] },
        { variation: "green", range: [80_000, EVERYBODY] },
      ],
    },
  ],
};

const VARIATIONS = [
  { value: "control", weight: 50 },
  { value: "blue", weight: 30 },
  { value: "green", weight: 20 },
];

export const contestant: Contestant<Context, Evaluation, EvaluatedFeatures> = {
  define(flags) {
    const features = flags.map(([key, kind]) => {
      const variations = kind === "split" ? { variations: VARIATIONS } : {};
      return [key, { bucketBy: "userId", ...variations, traffic: TRAFFIC[kind] }] as const;
    });
    return JSON.stringify({
      schemaVersion: "2",
      revision: "1",
      segments: SEGMENTS,
      features: Object.fromEntries(features),
    });
  },
  open(text) {
    const f = createInstance({ datafile: text, logLevel: "fatal" });
    return {
      ask: (key, kind) =>
        kind === "split" ? (context) => f.evaluateVariation(key, context) : (context) => f.evaluateFlag(key, context),
      askAll: (context) => f.getAllEvaluations(context),
    };
  },
  translate: ({ userId, userType, region, attributes }) => ({ userId, userType, region, ...attributes }),
  valueOf: ({ type, enabled, variation }) => (type === "variation" ? variation?.value : enabled === true),
  valuesOf: (answers) =>
    Object.fromEntries(Object.entries(answers).map(([key, { enabled, variation }]) => [key, variation ?? enabled])),
};

function is(attribute: string, value: string): unknown {
  return { attribute, operator: "equals", value };
}
