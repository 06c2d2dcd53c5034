import { useEffect, useState, useSyncExternalStore } from "react";
import type { ReactElement } from "react";
import { useRolleaseStore } from "rollease/react";
import { loadDefinitions, useDefinitions } from "../state/definitions";
import { useNetwork } from "../state/network-switch";
import { useServer, watchServer } from "../state/server-switch";
import { FlagList } from "./flag-list";
import { SyncSection } from "./sync-section";
import { VisitorSection } from "./visitor-section";

const narrow = window.matchMedia("(max-width: 900px)");

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener("change", listener);
      return () => narrow.removeEventListener("change", listener);
    },
    () => narrow.matches,
  );
}

function useReachable(): boolean {
  const cut = useNetwork((network) => network.cut);
  return useServer(({ state }) => state === "running") && !cut;
}

/** Reads the definitions anew whenever the replica has moved, or the server can be reached again. */
function useFreshDefinitions(): void {
  const checkpoint = useRolleaseStore(({ status }) => status?.checkpoint);
  const reachable = useReachable();
  useEffect(() => {
    if (reachable) void loadDefinitions();
  }, [checkpoint, reachable]);
  useEffect(watchServer, []);
}

function Failure(): ReactElement | null {
  const failure = useDefinitions((definitions) => definitions.failure);
  const reachable = useReachable();
  useEffect(() => useDefinitions.setState({ failure: null }), [reachable]);
  if (!failure) return null;
  return (
    <p className="failure" role="alert">
      Not saved. {failure}
      <button type="button" className="link" onClick={() => useDefinitions.setState({ failure: null })}>
        Dismiss
      </button>
    </p>
  );
}

/** The room behind the shop: beside it on a desk, a drawer on a phone. */
export function ControlPanel(): ReactElement {
  const [open, setOpen] = useState(false);
  const drawer = useNarrow();
  const hidden = drawer && !open;
  useFreshDefinitions();

  useEffect(() => {
    if (!drawer || !open) return undefined;
    const close = ({ key }: KeyboardEvent): void => {
      if (key === "Escape") setOpen(false);
    };
    document.addEventListener("keydown", close);
    return () => document.removeEventListener("keydown", close);
  }, [drawer, open]);

  return (
    <>
      {drawer && !open && (
        <button
          type="button"
          className="drawer-button"
          aria-expanded="false"
          aria-controls="control"
          onClick={() => setOpen(true)}
        >
          Flags
        </button>
      )}
      {drawer && open && <div className="backdrop" onClick={() => setOpen(false)} />}
      <aside id="control" className="panel" aria-label="Control panel" data-open={!hidden} inert={hidden}>
        <header className="panel-head">
          <div>
            <h2>Control room</h2>
            <p>Each part of the shop asks a rollease flag.</p>
          </div>
          {drawer && (
            <button type="button" className="icon-button" aria-label="Close the control panel" onClick={() => setOpen(false)}>
              <span aria-hidden="true">✕</span>
            </button>
          )}
        </header>
        <SyncSection />
        <VisitorSection />
        <FlagList />
        <Failure />
      </aside>
    </>
  );
}
