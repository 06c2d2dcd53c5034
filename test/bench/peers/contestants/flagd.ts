import { FlagdCore, type EvaluationContext, type EvaluationDetails, type ResolutionDetails } from "@openfeature/flagd-core";
import type { Kind } from "../../definitions";
import type { Contestant } from "../contestant";

const RULES = [
  all(is("region", "EU"), is("plan", "enterprise")),
  all({ in: [{ var: "userType" }, ["internal", "beta"]] }, { ">=": [{ var: "age" }, 90] }),
  all(is("region", "EU"), is("plan", "pro")),
].flatMap((rule) => [rule, "on"]);

const BOOLEAN = { state: "ENABLED", variants: { on: true, off: false } };

const FLAGS: Readonly<Record<Kind, unknown>> = {
  static: { ...BOOLEAN, defaultVariant: "on" },
  rules: { ...BOOLEAN, defaultVariant: "off", targeting: { if: [...RULES, "off"] } },
  rollout: { ...BOOLEAN, defaultVariant: "off", targeting: { if: [...RULES.slice(0, 4), fractional({ on: 50, off: 50 })] } },
  split: {
    state: "ENABLED",
    variants: { control: "control", blue: "blue", green: "green" },
    defaultVariant: "control",
    targeting: fractional({ control: 50, blue: 30, green: 20 }),
  },
};

/** Its targeting is compiled to functions, as it is unless that is turned off. */
export const contestant: Contestant<EvaluationContext, ResolutionDetails, readonly EvaluationDetails[]> = {
  define: (flags) => JSON.stringify({ flags: Object.fromEntries(flags.map(([key, kind]) => [key, FLAGS[kind]])) }),
  open(text) {
    const core = new FlagdCore();
    core.setConfigurations(text);
    return {
      ask: (key, kind) =>
        kind === "split"
          ? (context) => core.resolveStringEvaluation(key, "control", context)
          : (context) => core.resolveBooleanEvaluation(key, false, context),
      askAll: (context) => core.resolveAll(context),
    };
  },
  translate: ({ userId, userType, region, attributes }) => ({ targetingKey: userId, userType, region, ...attributes }),
  valueOf: (answer) => answer.value,
  valuesOf: (answers) => Object.fromEntries(answers.map(({ flagKey, value }) => [flagKey, value])),
};

function all(...conditions: readonly unknown[]): unknown {
  return { and: conditions };
}

function is(name: string, value: string): unknown {
  return { "==": [{ var: name }, value] };
}

function fractional(weights: Readonly<Record<string, number>>): unknown {
  return { fractional: Object.entries(weights) };
}
