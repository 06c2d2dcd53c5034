import { useEffect, useRef, useState, useSyncExternalStore } from "react";
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
  const [opened, setOpened] = useState(false);
  const drawer = useNarrow();
  const open = opened || !drawer;
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLElement>(null);
  useFreshDefinitions();

  function close(): void {
    setOpened(false);
    opener.current?.focus();
  }

  useEffect(() => {
    if (opened) panel.current?.focus();
  }, [opened]);

  return (
    <>
      {drawer && (
        <button
          ref={opener}
          type="button"
          className="drawer-button"
          aria-expanded={opened}
          aria-controls="control"
          onClick={() => setOpened(true)}
        >
          Flags
        </button>
      )}
      {drawer && opened && <div className="backdrop" onClick={close} />}
      <aside
        ref={panel}
        id="control"
        className="panel"
        aria-label="Control panel"
        tabIndex={-1}
        data-open={open}
        inert={!open}
        onKeyDown={({ key }) => {
          if (key === "Escape" && drawer) close();
        }}
      >
        <header className="panel-head">
          <div>
            <h2>Control room</h2>
            <p>Each part of the shop asks a rollease flag.</p>
          </div>
          {drawer && (
            <button type="button" className="icon-button" aria-label="Close the control panel" onClick={close}>
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
