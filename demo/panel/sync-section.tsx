import { useEffect, useState } from "react";
import type { ReactElement, ReactNode } from "react";
import type { SyncPhase } from "rollease/client";
import { useRolleaseStore } from "rollease/react";
import { SyncTrouble } from "./sync-trouble";
import { usePage } from "../state/keep-page";
import { cutNetwork, restoreNetwork, useNetwork } from "../state/network-switch";
import { pullThePlug, startServer, useServer } from "../state/server-switch";
import type { ServerState } from "../state/server-switch";

const PHASES: Readonly<Record<SyncPhase, string>> = {
  booting: "Looking for a ruleset.",
  live: "Changes arrive as they are made.",
  polling: "Changes are asked for now and then.",
  offline: "This tab runs on what it has.",
  stopped: "Nothing arrives any more.",
};

const SWITCH: Readonly<Record<ServerState, string>> = {
  running: "Pull the plug",
  unplugged: "Start it again",
  starting: "Starting",
  away: "Out of reach",
};

const STORES: Readonly<Record<string, string>> = { idb: "IndexedDB", memory: "memory" };

function Fact({ name, id, value, children }: { name: string; id?: string; value?: string; children: ReactNode }): ReactElement {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd data-testid={id} data-value={value} title={value}>
        {children}
      </dd>
    </div>
  );
}

function bytes(count: number): string {
  return count < 1000 ? `${count} B` : `${(count / 1000).toFixed(1)} kB`;
}

/** How long ago, counted on by itself. */
function Ago({ at }: { at: number | null }): ReactElement {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (at === null) return <>never</>;
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 2) return <>just now</>;
  return <>{seconds < 90 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`}</>;
}

function Line(): ReactElement {
  const cut = useNetwork((network) => network.cut);
  const server = useServer(({ state }) => state);
  const leader = useRolleaseStore(({ status }) => status?.leader ?? false);
  const phase = useRolleaseStore(({ status }) => status?.phase ?? "booting");
  const isUp = phase === "live" || phase === "polling";
  return (
    <div className="line" data-phase={cut || server !== "running" ? "offline" : phase}>
      <div className="node">
        <span className="lamp" data-on={server === "running"} />
        Sync server
        <button
          type="button"
          className="button small"
          data-testid="plug-server"
          disabled={server === "starting" || server === "away"}
          onClick={() => void (server === "running" ? pullThePlug() : startServer())}
        >
          {SWITCH[server]}
        </button>
      </div>
      <div className="wire" aria-hidden="true" />
      <div className="node">
        <span className="lamp" data-on={cut ? false : phase === "booting" ? "waiting" : isUp} />
        <span>
          This tab, <span data-testid="sync-leader">{leader ? "leader" : "follower"}</span>
        </span>
        <button
          type="button"
          className="button small"
          data-testid="toggle-network"
          aria-pressed={cut}
          onClick={cut ? restoreNetwork : cutNetwork}
        >
          {cut ? "Reconnect" : "Cut the network"}
        </button>
      </div>
    </div>
  );
}

/** The way from the server to this tab, and where on it the tab stands. */
export function SyncSection(): ReactElement {
  const status = useRolleaseStore((state) => state.status);
  const kept = usePage((page) => page.kept);
  const phase = status?.phase ?? "booting";
  const [epoch = "", seq = ""] = status?.checkpoint?.split(".") ?? [];
  return (
    <section className="panel-section" aria-labelledby="sync">
      <h3 id="sync">Sync</h3>
      <Line />
      <p className="phase" data-phase={phase} role="status">
        <b data-testid="sync-phase">{phase}</b> {PHASES[phase]}
      </p>
      <SyncTrouble />
      <dl className="facts">
        <Fact name="Checkpoint" id="sync-checkpoint" value={status?.checkpoint ?? ""}>
          {seq ? (
            <>
              <span className="dim">{epoch.slice(0, 4)}…</span>
              {seq}
            </>
          ) : (
            "none"
          )}
        </Fact>
        <Fact name="Outbox" id="sync-pending">
          {status?.pending ?? 0}
        </Fact>
        <Fact name="Received" id="sync-bytes">
          {bytes(status?.bytesReceived ?? 0)}
        </Fact>
        <Fact name="Up to date" id="sync-last">
          <Ago at={status?.lastSyncAt ?? null} />
        </Fact>
        <Fact name="Kept in" id="sync-store">
          {STORES[status?.store ?? "memory"] ?? status?.store}
        </Fact>
        <Fact name="New tab" id="sync-page" value={kept ? "kept" : "online"}>
          {kept ? "opens offline" : "needs network"}
        </Fact>
      </dl>
    </section>
  );
}
