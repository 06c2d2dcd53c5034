import type { FlagContext } from "../model/context";
import type { Change } from "../model/definition";
import type { LoadedStore, LocalStore, StoredAssignment } from "../ports/local-store";
import { commitsAhead } from "../protocol/checkpoint";
import type { Host } from "../replica/host";
import { createHttpSource, type Source } from "../replica/http-source";
import { isOnline } from "../replica/is-online";
import { createOutbox, type Outbox } from "../replica/outbox";
import { createReplica, type Replica } from "../replica/replica";
import { createSurvivingStore, type SurvivingStore } from "../replica/surviving-store";
import { isHidden, watchPage } from "./page-signals";
import { toRuleset } from "./to-ruleset";
import { createTabs, type TabMessage } from "./tabs";
import type { RolleaseClientOptions, SyncPhase, SyncStatus } from "./types";

export interface SyncSessionOptions {
  readonly client: RolleaseClientOptions;
  /** What tells this server and key from others. */
  readonly scope: string;
  readonly readyTimeoutMs: number;
  readonly store: LocalStore | undefined;
  readonly user: () => FlagContext;
  /** Definitions, the server's clock or the environment have changed. */
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Assignments that hold from now on, whatever was assigned here. */
  readonly onAssigned: (assignments: readonly StoredAssignment[]) => void;
  /** All that are known. */
  readonly assignments: () => readonly StoredAssignment[];
  readonly onState: () => void;
}

export interface SyncSession {
  readonly replica: Replica;
  readonly store: SurvivingStore;
  readonly outbox: Outbox;
  readonly source: Source;
  /** Takes the ruleset that the page came with, at once, and then what the store holds. */
  open(): Promise<void>;
  /** Begins to talk to the server and to the other tabs. */
  join(): void;
  /** Has assignments hold here, in the store and in the other tabs. */
  keep(assignments: readonly StoredAssignment[]): void;
  status(): SyncStatus;
}

/** Everything of a client that does I/O: the store, the server, the other tabs and the page it lives in. */
export function createSyncSession(host: Host, options: SyncSessionOptions): SyncSession {
  const { client, scope, onAssigned, onState } = options;
  const { clock } = host;
  const started = clock.now();
  let bytesReceived = 0;
  /** The phase of the tab that leads, as far as it has told. */
  let leaderPhase: SyncPhase = "booting";

  const store = createSurvivingStore(host, options.store, {
    timeoutMs: options.readyTimeoutMs,
    restore,
    onKind(isLost) {
      if (isLost) tabs.part();
      else outbox.wake();
      onState();
    },
  });
  const source = createHttpSource({
    ...client,
    clock,
    user: options.user,
    onServerTime: (serverTime) => replica.learn({ offset: serverTime - clock.now() }),
    onBytes: (count) => (bytesReceived += count),
  });
  const replica = createReplica(host, {
    source,
    store,
    rules: client,
    onChanges: options.onChanges,
    onStored() {
      tell();
      saveFacts();
    },
    onState() {
      if (replica.state().leads) tell();
      onState();
    },
  });
  // What is in memory is shared with nobody.
  const shared = client.tabs !== false && options.store?.sharedAs;
  const tabs = createTabs(host, shared && `rollease:${shared}|${scope}`, {
    onLead: () => replica.dispatch({ type: "lead" }),
    onFollow() {
      leaderPhase = "offline";
      replica.dispatch({ type: "follow" });
    },
    onMessage: hear,
    ask: tell,
  });
  const outbox = createOutbox(host, {
    store,
    push: source.push,
    exclusively: tabs.exclusively,
    flushIntervalMs: client.flushIntervalMs ?? 5000,
    onAssigned: keep,
    onCount: onState,
  });

  /** Takes over what a store holds that is opened again, where that is more than is known, and has it hold all that is known. */
  async function restore(held: LocalStore, stored: LoadedStore): Promise<void> {
    const { checkpoint } = replica.state();
    if (stored.ruleset && (!checkpoint || commitsAhead(stored.ruleset.checkpoint, checkpoint) > 0))
      replica.seed(stored.ruleset, stored.meta);
    const ruleset = replica.ruleset();
    if (ruleset) await held.apply({ ...ruleset, reset: true });
    await held.setMeta(replica.state().facts);
    await held.putAssignments(options.assignments());
    await outbox.restore(held);
  }

  function saveFacts(): void {
    void store.use((held) => held.setMeta(replica.state().facts));
  }

  function keep(assignments: readonly StoredAssignment[]): void {
    const kept = assignments.map(({ flagKey, unit, variantKey }) => ({ flagKey, unit, variantKey }));
    void store.use((held) => held.putAssignments(kept));
    tell(kept);
    onAssigned(kept);
  }

  function tell(assignments: readonly StoredAssignment[] = []): void {
    tabs.post({ ...replica.state(), isHidden: isHidden(), assignments });
  }

  function hear(message: TabMessage): void {
    if (message.leads) leaderPhase = message.phase;
    // Who does not lead may have come just now.
    else if (replica.state().leads) tell();
    if (message.assignments.length) onAssigned(message.assignments);
    void replica.catchUp(message);
  }

  /** A page that was rendered with a ruleset knows the newest one, also where the feed has started over. */
  function seedBootstrap(): void {
    const { bootstrap } = client;
    if (bootstrap) replica.seed(toRuleset(bootstrap), { ...bootstrap, lastSyncAt: started });
  }

  function join(): void {
    watchPage(host, {
      show,
      rest: tabs.resign,
      hide() {
        outbox.farewell();
        saveFacts();
      },
    });
    show();
  }

  /** Takes part again. Without a network there is nothing to take part in. */
  function show(): void {
    if (!isOnline()) return onState();
    tabs.campaign();
    replica.dispatch({ type: "wake" });
    outbox.wake();
  }

  return {
    replica,
    store,
    outbox,
    source,
    async open() {
      seedBootstrap();
      const stored = await store.loaded;
      if (stored?.ruleset) replica.seed(stored.ruleset, stored.meta);
      seedBootstrap();
      const ruleset = replica.ruleset();
      if (ruleset && ruleset.checkpoint !== stored?.ruleset?.checkpoint)
        void store.use((held) => held.apply({ ...ruleset, reset: true }));
    },
    join,
    keep,
    status() {
      const { activity, leads: leader, checkpoint, ...known } = replica.state();
      const { lastSyncAt } = known.facts;
      const error = replica.error ?? store.error;
      const others = isOnline() ? leaderPhase : "offline";
      const phase = activity === "resting" ? others : known.phase;
      return {
        phase,
        checkpoint,
        lastSyncAt: lastSyncAt || null,
        staleForMs: phase === "live" ? 0 : lastSyncAt ? Math.max(0, clock.now() - lastSyncAt) : null,
        store: store.kind,
        leader,
        pending: outbox.pending(),
        bytesReceived,
        ...(error && { error }),
      };
    },
  };
}
