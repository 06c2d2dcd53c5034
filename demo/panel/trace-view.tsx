import { useLayoutEffect, useState } from "react";
import type { ReactElement } from "react";
import type { Rule } from "rollease";
import type { EvaluationTrace } from "rollease/client";
import { useRollease, useRolleaseStore } from "rollease/react";
import { useDefinitions } from "../state/definitions";

/** The whole pipeline, so that what was not reached can be shown as well. */
const STEPS: Readonly<Record<string, string>> = {
  kill_switch: "Kill switch",
  disabled: "Archived",
  date_window: "Dates",
  prerequisites: "Prerequisites",
  exclusion_layer: "Exclusion layer",
  local_override: "Override",
  sticky_assignment: "Sticky assignment",
  targeting_rules: "Targeting rules",
  rollout: "Rollout",
  default: "Default",
};

/** The trace of the current result, made anew when the ruleset or the visitor changes, also where the result stays. */
function useTrace(flagKey: string): EvaluationTrace | undefined {
  const client = useRollease();
  const checkpoint = useRolleaseStore(({ status }) => status?.checkpoint);
  const [trace, setTrace] = useState<EvaluationTrace>();
  useLayoutEffect(() => {
    const look = (): void => setTrace(client.evaluate(flagKey, { trace: true, defaultValue: null }).trace);
    look();
    return client.onChange(look);
  }, [client, flagKey, checkpoint]);
  return trace;
}

/** The ids of rules are for machines. A browser is not told their names, but this panel knows them. */
function named(detail: string, rules: readonly Rule[]): string {
  return rules.reduce((text, { id, name }) => (name ? text.replaceAll(id, `“${name}”`) : text), detail);
}

/** Why this visitor gets this value: each step that was passed, and the one that decided. */
export function TraceView({ flagKey }: { flagKey: string }): ReactElement {
  const trace = useTrace(flagKey);
  const rules = useDefinitions(({ flags }) => flags[flagKey]?.rules);
  const passed = new Map(trace?.steps.map((step) => [step.name, step]));
  return (
    <div className="trace">
      <h4>Why this value</h4>
      <ol data-testid={`trace-${flagKey}`}>
        {Object.entries(STEPS).map(([name, label]) => {
          const step = passed.get(name);
          const state = step?.matched ? "matched" : step ? "passed" : "unreached";
          return (
            <li key={name} data-step={name} data-state={state} aria-current={step?.matched ? "step" : undefined}>
              <span className="trace-label">{label}</span>
              <span className="trace-detail">{step ? named(step.detail ?? "", rules ?? []) : "not reached"}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
