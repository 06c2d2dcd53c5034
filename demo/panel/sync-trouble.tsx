import type { ReactElement } from "react";
import { isRolleaseError, type SyncStatus } from "rollease/client";
import { useRolleaseStore } from "rollease/react";

interface Told {
  readonly text: string;
  /** Whether it takes somebody to mend it. */
  readonly isGrave: boolean;
}

/** What keeps changes from arriving as they are made. */
function lineTrouble({ phase, error }: SyncStatus): Told | null {
  const isSync = isRolleaseError(error) && error.code === "SYNC";
  const status = isSync && "status" in error ? Number(error.status) : 0;
  if (phase === "stopped" && error) {
    const text =
      status === 401 || status === 403
        ? `The server refuses this page's key (${status}). Flags stay as they are; load the page anew once it holds.`
        : `${error.message} Flags stay as they are.`;
    return { text, isGrave: true };
  }
  if (phase === "offline")
    return { text: "The server cannot be reached. What is to be sent waits in the outbox.", isGrave: false };
  if (phase === "polling" && isSync) {
    return { text: "Something on the way holds streams back, so the page asks by itself.", isGrave: false };
  }
  return null;
}

/** What keeps the page from keeping what it knows. */
function storeTrouble({ store, error }: SyncStatus): Told | null {
  if (store !== "memory") return null;
  const why = isRolleaseError(error) && error.code === "STORAGE" ? ` ${error.message}` : "";
  return { text: `The browser lets this page keep nothing: what it knows ends with the tab.${why}`, isGrave: true };
}

/** What is out of order with sync, if anything is, in words for whoever looks on. */
export function SyncTrouble(): ReactElement | null {
  const status = useRolleaseStore((state) => state.status);
  const told = status ? [lineTrouble(status), storeTrouble(status)].filter((each) => each !== null) : [];
  if (told.length === 0) return null;
  return (
    <ul className="trouble" data-testid="sync-trouble">
      {told.map(({ text, isGrave }) => (
        <li key={text} data-grave={isGrave}>
          {text}
        </li>
      ))}
    </ul>
  );
}
