import type { ReactElement } from "react";
import type { Flag } from "rollease";
import { GUIDE } from "../flag-guide";
import { RolloutEditor } from "./rollout-editor";
import { RuleEditor } from "./rule-editor";
import { ScheduleEditor } from "./schedule-editor";
import { ValueEditor } from "./value-editor";
import { VariantsEditor } from "./variants-editor";

/** Whatever of a flag can be changed from here. */
export function FlagEditor({ flag }: { flag: Flag }): ReactElement {
  const boolean = flag.type === "boolean";
  return (
    <div className="editor">
      {flag.variants && <VariantsEditor flag={flag} variants={flag.variants} />}
      {boolean && flag.rollout && <RolloutEditor flag={flag} rollout={flag.rollout} />}
      {!flag.variants && !flag.rollout && <ValueEditor flag={flag} />}
      {flag.rules.map((rule) => (
        <RuleEditor key={rule.id} flag={flag} rule={rule} />
      ))}
      {GUIDE[flag.key]?.dated && <ScheduleEditor flag={flag} />}
    </div>
  );
}
