import type { ReactElement } from "react";
import type { Flag, Rule } from "rollease";
import { admin } from "../../state/admin-api";
import { save } from "../../state/definitions";
import { Segmented, Switch } from "../controls";
import { GUIDE } from "../flag-guide";
import { inWords, written } from "../in-words";

/** One targeting rule: for whom, whether it is on, and what it serves. */
export function RuleEditor({ flag, rule }: { flag: Flag; rule: Rule }): ReactElement {
  const update = (patch: Partial<Omit<Rule, "id">>): void => void save(() => admin.updateRule(flag.key, rule.id, patch));
  const choices = GUIDE[flag.key]?.choices;
  return (
    <div className="rule">
      <div className="rule-head">
        <span>
          {rule.name ?? "Rule"} <small>{inWords(rule.conditions)}</small>
        </span>
        <Switch
          bare
          label={`Rule ${rule.name ?? rule.id} is on`}
          on={rule.enabled ?? true}
          testId={`rule-${flag.key}`}
          onChange={(enabled) => update({ enabled })}
        />
      </div>
      {choices && (
        <Segmented label="They get" options={choices} value={written(rule.value)} onChange={(value) => update({ value })} />
      )}
      {flag.type === "boolean" && (
        <Segmented
          label="They get"
          options={["on", "off"]}
          value={rule.value ? "on" : "off"}
          onChange={(value) => update({ value: value === "on" })}
        />
      )}
    </div>
  );
}
