import { basicLogger, init, type LDContext, type LDEvaluationDetail, type LDFlagsState } from "@launchdarkly/node-server-sdk";
import { TestData } from "@launchdarkly/node-server-sdk/integrations";
import type { Kind } from "../../definitions";
import type { Contestant } from "../contestant";

interface Flag {
  readonly key: string;
}

const SERVED = { booleans: [true, false], strings: ["control", "blue", "green"] };

const RULES = [
  { id: "r1", variation: 0, clauses: [clause("region", "in", "EU"), clause("plan", "in", "enterprise")] },
  {
    id: "r2",
    variation: 0,
    clauses: [clause("userType", "in", "internal", "beta"), clause("age", "greaterThanOrEqual", 90)],
  },
  { id: "r3", variation: 0, clauses: [clause("region", "in", "EU"), clause("plan", "in", "pro")] },
];

const FLAGS: Readonly<Record<Kind, unknown>> = {
  static: { variations: SERVED.booleans, rules: [], fallthrough: { variation: 0 } },
  rules: { variations: SERVED.booleans, rules: RULES, fallthrough: { variation: 1 } },
  rollout: { variations: SERVED.booleans, rules: RULES.slice(0, 2), fallthrough: percentages(50, 50) },
  split: { variations: SERVED.strings, rules: [], fallthrough: percentages(50, 30, 20) },
};

export const contestant: Contestant<LDContext, LDEvaluationDetail, LDFlagsState> = {
  define: (flags) =>
    JSON.stringify(
      flags.map(([key, kind]) => ({
        key,
        version: 1,
        on: true,
        salt: key,
        offVariation: 1,
        targets: [],
        prerequisites: [],
        ...(FLAGS[kind] as object),
      })),
    ),
  async open(text) {
    const data = new TestData();
    // Nobody listens yet, so that there is nothing to wait for.
    for (const flag of JSON.parse(text) as readonly Flag[]) void data.usePreconfiguredFlag(flag);
    const client = init("sdk-key", {
      updateProcessor: data.getFactory(),
      sendEvents: false,
      diagnosticOptOut: true,
      logger: basicLogger({ level: "none" }),
    });
    await client.waitForInitialization({ timeout: 10 });
    return {
      ask: (key, kind) => {
        const fallback = kind === "split" ? "control" : false;
        return (context) => client.variationDetail(key, context, fallback);
      },
      askAll: (context) => client.allFlagsState(context, { withReasons: true }),
    };
  },
  translate: ({ userId = "", userType, region, attributes }) => ({ kind: "user", key: userId, userType, region, ...attributes }),
  valueOf: (answer) => answer.value,
  valuesOf: (answers) => answers.allValues(),
};

function clause(attribute: string, op: string, ...values: readonly unknown[]): unknown {
  return { attribute, op, values, contextKind: "user", negate: false };
}

function percentages(...weights: readonly number[]): unknown {
  const variations = weights.map((weight, variation) => ({ variation, weight: weight * 1000 }));
  return { rollout: { contextKind: "user", variations } };
}
