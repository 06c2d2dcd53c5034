import type { FlagContext } from "../model/context";
import type { Change } from "../model/definition";
import type { Clock, Random } from "../ports/clock";
import type { LocalStore, StoredAssignment, StoredRuleset } from "../ports/local-store";
import type { PushEntry } from "../protocol/wire";
import { createHttpSource, type Source } from "../replica/http-source";
import { createOutbox, type Outbox } from "../replica/outbox";
import { createReplica, type Replica } from "../replica/replica";
import { createSurvivingStore } from "../replica/surviving-store";
import { uuidV7 } from "../replica/uuid-v7";
import type { FirstPaint, SyncFacts } from "./first-paint";
import { isOnline, watchPage } from "./page-signals";
import { toRuleset } from "./to-ruleset";
import { createTabs, type TabMessage, type Tabs } from "./tabs";
import type { RolleaseClientOptions, SyncPhase, SyncStatus } from "./types";

/** An outbox entry before it has its id and time. */
export type Fact = PushEntry extends infer E ? (E extends PushEntry ? Omit<E, "id" | "at"> : never) : never;

export interface SyncSessionOptions {
  readonly client: RolleaseClientOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** What tells this server and key from others. */
  readonly scope: string;
  readonly readyTimeoutMs: number;
  readonly openStore: (name: string) => LocalStore;
  readonly user: () => FlagContext;
  readonly onChanges: (changes: readonly Change[]) => void;
  /** Assignments that hold from now on, whatever was assigned here. */
  readonly onAdopt: (assignments: readonly StoredAssignment[]) => void;
  readonly onState: () => void;
  /** The server's clock or the environment are other ones than thought. */
  readonly onFacts: () => void;
  readonly onError: (error: Error) => void;
}

export interface SyncSession {
  readonly replica: Replica;
  readonly store: LocalStore;
  readonly outbox: Outbox;
  readonly source: Source;
  readonly signal: AbortSignal;
  facts(): SyncFacts;
  /** Begins with what is there at once: the copy for a first paint, and the ruleset that the page came with. */
  start(copy: Pick<FirstPaint, "ruleset" | "facts"> | undefined): void;
  /** Reads the store. */
  open(): Promise<void>;
  /** Begins to talk to the server and to the other tabs. */
  join(): void;
  record(facts: readonly Fact[]): Promise<void>;
  /** Keeps assignments and tells the other tabs. */
  keep(assignments: readonly StoredAssignment[]): Promise<void>;
  status(): SyncStatus;
  stop(): void;
}

/** Offsets of the server's clock that differ by less are the network's doing. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Everything of a client that does I/O: the store, the server, the other tabs and the page it lives in. */
export function createSyncSession(options: SyncSessionOptions): SyncSession {
  const { client, clock, random, scope, onError, onState } = options;
  const lifetime = new AbortController();
  const { signal } = lifetime;
  const started = clock.now();
  let learnt: SyncFacts = {};
  let bytesReceived = 0;
  let pending = 0;
  let tabs: Tabs | undefined;
  let storeError: Error | undefined;
  /** The phase of the tab that leads, as far as it has told. */
  let leaderPhase: SyncPhase = "booting";

  const store = createSurvivingStore(client.store ?? options.openStore(`rollease:${scope}`), {
    clock,
    loadTimeoutMs: options.readyTimeoutMs,
    onLost(error) {
      storeError = error;
      onError(error);
      if (!tabs || signal.aborted) return;
      // What is in memory is shared with nobody.
      tabs.close();
      elect();
    },
    async refill(memory) {
      await keepRuleset(memory);
      await memory.enqueue(outbox.undelivered(), Infinity);
    },
  });

  const source = createHttpSource({
    ...client,
    clock,
    user: options.user,
    onServerTime: (serverTime) => learn({ offset: serverTime - clock.now() }),
    onBytes(count) {
      bytesReceived += count;
      onState();
    },
  });

  const replica = createReplica({
    source,
    store,
    clock,
    random,
    signal,
    rules: { streaming: client.streaming ?? false, pollMs: client.refreshInterval ?? 0 },
    onChanges: options.onChanges,
    onStored() {
      tellState();
      saveFacts();
    },
    onEnvironment: (environment) => environment !== undefined && learn({ environment }),
    onState() {
      if (replica.state.leads) tellState();
      onState();
    },
    onError,
  });

  const outbox = createOutbox({
    store,
    clock,
    random,
    signal,
    push: source.push,
    exclusively: (run, until) => (tabs ? tabs.exclusively(run, until) : run()),
    flushIntervalMs: client.flushIntervalMs ?? 5000,
    isOnline,
    onCanonical(assignments) {
      options.onAdopt(assignments);
      keep(assignments).catch(onError);
    },
    onPending(count) {
      pending = count;
      onState();
    },
    onError,
  });

  function learn(news: SyncFacts): void {
    const { offset = 0, environment } = learnt;
    learnt = { ...learnt, ...news };
    const moved = Math.abs((learnt.offset ?? 0) - offset) > CLOCK_TOLERANCE_MS;
    if (moved || learnt.environment !== environment) options.onFacts();
  }
  const facts = (): SyncFacts => ({ ...learnt, lastSyncAt: replica.lastSyncAt ?? 0 });
  function saveFacts(): void {
    store.setMeta({ ...facts() }).catch(onError);
  }

  async function keepRuleset(into: LocalStore): Promise<void> {
    const ruleset = replica.ruleset();
    if (ruleset) await into.apply({ ...ruleset, reset: true });
  }

  async function keep(assignments: readonly StoredAssignment[]): Promise<void> {
    await store.putAssignments(assignments);
    tabs?.post({ type: "assigned", assignments });
  }

  function begin(ruleset: StoredRuleset | undefined, known: SyncFacts): void {
    // What has just been learnt is newer than what was kept.
    learn({ ...known, ...learnt });
    if (ruleset) replica.seed(ruleset, known.lastSyncAt);
  }

  /** A page that was rendered with a ruleset knows the newest one, also where the feed has started over. */
  function seedBootstrap(): void {
    if (!client.bootstrap) return;
    const { environment } = client.bootstrap;
    if (environment !== undefined) learn({ environment });
    replica.seed(toRuleset(client.bootstrap), started);
  }

  function tellState(): void {
    const { checkpoint, lastSyncAt, state } = replica;
    tabs?.post({ type: "state", checkpoint, lastSyncAt, ...(state.leads && { phase: state.phase }) });
  }

  function hear(message: TabMessage): void {
    switch (message.type) {
      case "hello":
        if (replica.state.leads) tellState();
        return;
      case "state":
        leaderPhase = message.phase ?? leaderPhase;
        return void replica.catchUp(message.checkpoint, message.lastSyncAt);
      case "assigned":
        return options.onAdopt(message.assignments);
    }
  }

  function elect(): void {
    const { sharedAs } = store;
    tabs = createTabs({
      name: `rollease:${sharedAs}|${scope}`,
      alone: client.tabs === false || sharedAs === undefined,
      onLead: () => replica.dispatch({ type: "lead" }),
      onFollow: () => replica.dispatch({ type: "follow" }),
      onMessage: hear,
      onError,
    });
    tabs.campaign();
    tabs.post({ type: "hello" });
  }

  function show(): void {
    tabs?.campaign();
    tabs?.post({ type: "hello" });
    replica.dispatch({ type: "wake" });
  }

  return {
    replica,
    store,
    outbox,
    source,
    signal,
    facts,
    start(copy) {
      if (copy) begin(copy.ruleset, copy.facts);
      seedBootstrap();
    },
    async open() {
      const { ruleset, meta } = await store.load();
      if (signal.aborted) return;
      begin(ruleset, meta);
      seedBootstrap();
      if (replica.checkpoint !== (ruleset?.checkpoint ?? null)) await keepRuleset(store);
    },
    join() {
      if (!isOnline()) replica.dispatch({ type: "pause" });
      watchPage(clock, signal, {
        onOnline() {
          replica.dispatch({ type: "resume" });
          outbox.wake();
        },
        onOffline: () => replica.dispatch({ type: "pause" }),
        onShow: show,
        onRest: () => tabs?.resign(),
        onHide() {
          outbox.farewell();
          saveFacts();
        },
      });
      elect();
      outbox.wake();
    },
    record: (list) =>
      outbox.add(list.map((fact) => ({ ...fact, id: uuidV7(clock.now()), at: new Date(clock.now()).toISOString() }))),
    keep,
    status() {
      const { state, checkpoint, lastSyncAt } = replica;
      const error = replica.error ?? storeError;
      const phase = state.activity === "resting" ? leaderPhase : state.phase;
      return {
        phase,
        checkpoint,
        lastSyncAt,
        staleForMs: phase === "live" ? 0 : lastSyncAt === null ? null : Math.max(0, clock.now() - lastSyncAt),
        store: store.kind,
        leader: state.leads,
        pending,
        bytesReceived,
        ...(error && { error }),
      };
    },
    stop() {
      lifetime.abort();
      replica.dispatch({ type: "stop" });
      tabs?.close();
      store.close().catch(onError);
    },
  };
}
