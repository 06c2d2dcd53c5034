import type { ReactElement } from "react";
import type { Flag } from "rollease";
import { admin } from "../../state/admin-api";
import { save } from "../../state/definitions";

const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

const PRESETS: readonly { readonly label: string; readonly startsInMs: number; readonly endsInMs: number }[] = [
  { label: "Start in 10 s", startsInMs: 10 * SECOND_MS, endsInMs: 30 * DAY_MS },
  { label: "Start now", startsInMs: -SECOND_MS, endsInMs: 30 * DAY_MS },
  { label: "End in 10 s", startsInMs: -SECOND_MS, endsInMs: 10 * SECOND_MS },
  { label: "In two weeks", startsInMs: 14 * DAY_MS, endsInMs: 44 * DAY_MS },
];

function when(iso: string | undefined): string {
  if (!iso) return "open";
  return new Date(iso).toLocaleString(undefined, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}

function reschedule(key: string, startsInMs: number, endsInMs: number): void {
  const now = Date.now();
  const dates = { scheduledAt: new Date(now + startsInMs).toISOString(), expiresAt: new Date(now + endsInMs).toISOString() };
  void save(() => admin.update(key, dates));
}

/** When a flag begins and ends. The edge waits for the moment by itself; no message is sent when it comes. */
export function ScheduleEditor({ flag }: { flag: Flag }): ReactElement {
  return (
    <div className="schedule">
      <p className="note">
        From <b>{when(flag.scheduledAt)}</b> to <b>{when(flag.expiresAt)}</b>
      </p>
      <div className="buttons">
        {PRESETS.map(({ label, startsInMs, endsInMs }) => (
          <button key={label} type="button" className="button small" onClick={() => reschedule(flag.key, startsInMs, endsInMs)}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}
