import { useState } from "react";
import type { ReactElement } from "react";
import type { FlagResult } from "rollease/client";
import { useRolleaseStore } from "rollease/react";
import { admin } from "../state/admin-api";
import { save, useDefinitions } from "../state/definitions";
import { Switch } from "./controls";
import { FlagEditor } from "./editors/flag-editor";
import { GUIDE } from "./flag-guide";
import { written } from "./in-words";
import { TraceView } from "./trace-view";

const OFF: readonly string[] = ["kill_switch", "disabled", "not_scheduled", "expired", "prerequisite_not_met"];

function short(result: FlagResult): string {
  if (result.variant && typeof result.value === "string") return `${result.variant}: ${result.value}`;
  return written(result.value);
}

function Outcome({ result }: { result: FlagResult }): ReactElement {
  return (
    <span className="outcome">
      <code className="value" data-truthy={result.enabled && Boolean(result.value)}>
        {short(result)}
      </code>
      <span className="reason" data-off={OFF.includes(result.reason)}>
        {result.reason.replaceAll("_", " ")}
      </span>
    </span>
  );
}

/** One flag: what it is for this visitor at a glance; its editor and the whole way to its value when opened. */
export function FlagCard({ flagKey, opened }: { flagKey: string; opened: boolean }): ReactElement | null {
  const [open, setOpen] = useState(opened);
  const result = useRolleaseStore(({ details }) => details[flagKey]);
  const definition = useDefinitions(({ flags }) => flags[flagKey]);
  if (!result) return null;
  const title = GUIDE[flagKey]?.title ?? flagKey;
  return (
    <li className="flag" data-testid={`flag-${flagKey}`} data-value={JSON.stringify(result.value)} data-reason={result.reason}>
      <div className="flag-head">
        <button
          type="button"
          className="flag-open"
          aria-expanded={open}
          aria-controls={`body-${flagKey}`}
          data-testid={`open-${flagKey}`}
          onClick={() => setOpen(!open)}
        >
          <span className="chevron" aria-hidden="true" />
          <span className="flag-title">
            {title} <code>{flagKey}</code>
          </span>
          <Outcome result={result} />
        </button>
        {definition && (
          <Switch
            bare
            label={`${title} is live`}
            on={definition.status === "active"}
            testId={`live-${flagKey}`}
            onChange={(on) => void save(() => (on ? admin.restore(flagKey) : admin.kill(flagKey)))}
          />
        )}
      </div>
      {open && (
        <div className="flag-body" id={`body-${flagKey}`}>
          {definition?.description && <p className="note">{definition.description}</p>}
          {definition && <FlagEditor flag={definition} />}
          <TraceView flagKey={flagKey} />
        </div>
      )}
    </li>
  );
}
