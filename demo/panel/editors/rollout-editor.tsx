import type { ReactElement } from "react";
import type { Flag, Rollout } from "rollease";
import { admin } from "../../state/admin-api";
import { save } from "../../state/definitions";
import { Slider } from "../controls";
import { useDraft } from "../use-draft";

/** How many are in. */
export function RolloutEditor({ flag, rollout }: { flag: Flag; rollout: Rollout }): ReactElement {
  const [percentage, change] = useDraft(rollout.percentage, (value) =>
    save(() => admin.update(flag.key, { rollout: { ...rollout, percentage: value } })),
  );
  return (
    <>
      <Slider label="Rolled out to" unit=" %" value={percentage} onChange={change} testId={`percentage-${flag.key}`} />
      {rollout.sticky && <p className="note">Sticky: whoever is in stays in when the share shrinks.</p>}
    </>
  );
}
