import { StorageError, SyncError } from "../errors";
import type { Change } from "../model/definition";
import type { StoredRuleset } from "../ports/local-store";
import type { SourceBatch } from "../ports/source";
import { commitsAhead, parseCheckpoint } from "../protocol/checkpoint";
import { createDefinitionSet } from "../protocol/definition-set";
import { backoffMs } from "./backoff";
import { createAlarm, type Host } from "./host";
import type { Source } from "./http-source";
import { isChange } from "./parse-answers";
import type { SurvivingStore } from "./surviving-store";
import { initialSyncState, step, type SyncEffect, type SyncEvent, type SyncRules, type SyncState } from "./sync-machine";

/** What is known beside the ruleset; a store keeps it as its meta. */
export type SyncFacts = {
  /** How far the server's clock is ahead of this one, in milliseconds. */
  readonly offset: number;
  /** The environment that the ruleset is of; empty while that is not known. */
  readonly environment: string;
  /** How the context is digested, as a pull answers it; empty while it need not be. */
  readonly digests: string;
  /** When what is held was last known to be up to date, in milliseconds since 1970; 0 is never. */
  readonly lastSyncAt: number;
};

type SyncNews = { readonly [F in keyof SyncFacts]?: SyncFacts[F] | undefined };

interface HeldBatch extends Pick<SourceBatch, "changes" | "reset"> {
  readonly checkpoint: string | null;
  readonly hash?: string | undefined;
}

export interface ReplicaOptions {
  readonly source: Pick<Source, "pull" | "stream">;
  readonly store: SurvivingStore;
  readonly rules: SyncRules;
  /** Definitions have changed, or the server's clock or the environment are other ones than thought. Called before anything else runs. */
  readonly onChanges: (changes: readonly Change[]) => void;
  /** What is held is in the store. */
  readonly onStored: () => void;
  readonly onState: () => void;
}

/** How things stand with a replica, to be told to other tabs, too. */
export interface ReplicaState extends SyncState {
  readonly facts: SyncFacts;
  /** `null` until there is a ruleset, and while it is known to have diverged. */
  readonly checkpoint: string | null;
  readonly hasRuleset: boolean;
  /** Before that time, in milliseconds since 1970, the server does not want to be asked. */
  readonly retryAt: number;
}

export interface Replica {
  state(): ReplicaState;
  /** What went wrong last, until it goes well again. */
  readonly error: Error | undefined;
  /** Everything that is held, to be stored; none while it is known to have diverged. */
  ruleset(): StoredRuleset | undefined;
  dispatch(event: SyncEvent): void;
  learn(news: SyncNews): void;
  /** Takes a ruleset from elsewhere, with what was known beside it, unless it is older than what is held. */
  seed(ruleset: Omit<StoredRuleset, "hash"> & { readonly hash?: string }, facts: SyncNews): void;
  /** Catches up with what another tab has stored, unless that is held already. */
  catchUp(other: ReplicaState): Promise<void>;
  /** Pulls now. Rejects with `SyncError` where that fails. */
  refetch(): Promise<void>;
}

/** Offsets of the server's clock that differ by less are the network's doing. */
const CLOCK_TOLERANCE_MS = 1_000;

/** Keeps definitions current: performs what the sync machine says, and takes each batch into memory and store as one. */
export function createReplica(host: Host, options: ReplicaOptions): Replica {
  const { source, store, rules } = options;
  const { clock, report } = host;
  const definitions = createDefinitionSet();
  const alarm = createAlarm(host, () => dispatch({ type: "timer" }));
  let sync = initialSyncState;
  const facts: { -readonly [F in keyof SyncFacts]: SyncFacts[F] } = { offset: 0, environment: "", digests: "", lastSyncAt: 0 };
  let checkpoint: string | null = null;
  let error: Error | undefined;
  let hasRuleset = false;
  let retryAt = 0;
  let trustsHash = true;
  let activity = new AbortController();
  let pulling: Promise<SyncError | undefined>;

  function fail(failure: Error): void {
    report((error = failure));
  }

  function learn({
    offset = facts.offset,
    environment = facts.environment,
    digests = facts.digests,
    lastSyncAt = 0,
  }: SyncNews): void {
    const isNews =
      Math.abs(offset - facts.offset) > CLOCK_TOLERANCE_MS || environment !== facts.environment || digests !== facts.digests;
    Object.assign(facts, { offset, environment, digests, lastSyncAt: Math.max(facts.lastSyncAt, lastSyncAt) });
    if (isNews) options.onChanges([]);
  }

  /** Takes changes into memory; answers whether what is held then is what the hash names. */
  function hold(batch: HeldBatch): boolean {
    const taken = definitions.apply(batch.changes, batch.reset);
    checkpoint = batch.checkpoint;
    hasRuleset = true;
    if (taken.length) options.onChanges(taken);
    return batch.hash === undefined || batch.hash === definitions.hash;
  }

  /** Takes what the server says; answers whether that will do. Else everything is wanted anew. */
  function take(batch: SourceBatch): boolean {
    const from = checkpoint;
    if (!hold(batch) && trustsHash) {
      fail(new SyncError("The ruleset does not match its hash."));
      // Where the server's word for everything does not match either, it is the hash that cannot be trusted.
      trustsHash = !batch.reset;
      if (trustsHash) checkpoint = null;
    }
    if (checkpoint === null) return false;
    if (batch.changes.length || checkpoint !== from) {
      const stored = { ...batch, since: from, hash: definitions.hash };
      void store.use((held) => held.apply(stored)).then(options.onStored);
    }
    return true;
  }

  async function pull(signal: AbortSignal): Promise<void> {
    const from = checkpoint;
    const batch = await source.pull(from, signal);
    facts.lastSyncAt = clock.now();
    learn(batch);
    // The stream may have gone past it meanwhile.
    const isOld = checkpoint !== from && commitsAhead(batch.checkpoint, checkpoint) <= 0;
    if (!isOld && !take(batch)) await pull(signal);
  }

  function stream(signal: AbortSignal): Promise<void> {
    const onReset = (): void => {
      checkpoint = null;
      dispatch({ type: "diverged" });
    };
    return source.stream(checkpoint, signal, {
      onAlive() {
        error = undefined;
        facts.lastSyncAt = clock.now();
        dispatch({ type: "opened" });
      },
      onReset,
      onChange(event) {
        const ahead = commitsAhead(event.checkpoint, checkpoint);
        if (ahead <= 0) return;
        if (Number.isNaN(ahead) || !take({ ...event, reset: false })) onReset();
      },
    });
  }

  /** Runs what talks to the server, and tells the machine how that ended, unless it was ended from here. Answers why it failed. */
  async function run(
    start: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    done: "pulled" | "closed",
    failed: "failed" | "closed",
  ): Promise<SyncError | undefined> {
    const failure = await start(signal).then(
      () => undefined,
      (cause: unknown) => cause as SyncError,
    );
    if (signal.aborted) return failure;
    if (failure) {
      fail(failure);
      const { status, retryable, retryAfterMs } = failure;
      dispatch(status === 401 || status === 403 ? { type: "denied" } : { type: failed, retryable, retryAfterMs });
    } else {
      error = undefined;
      retryAt = 0;
      dispatch({ type: done });
    }
    return failure;
  }

  function perform(effect: SyncEffect): void {
    switch (effect.type) {
      case "cancel":
        alarm(Infinity);
        activity.abort();
        activity = new AbortController();
        return;
      case "pull": {
        const earlyMs = retryAt - clock.now();
        // The server has told this tab, when it led before, or the one that led.
        if (earlyMs > 0) return dispatch({ type: "failed", retryAfterMs: earlyMs });
        pulling = run(pull, activity.signal, "pulled", "failed");
        return;
      }
      case "stream":
        return void run(stream, activity.signal, "closed", "closed");
      case "timer":
        return alarm(effect.delayMs);
      case "back-off":
        retryAt = clock.now() + (effect.retryAfterMs ?? 0);
        return alarm(backoffMs(effect.attempt, host.random, effect.retryAfterMs));
    }
  }

  function dispatch(event: SyncEvent): void {
    const { state, effects } = step(sync, event, rules);
    sync = state;
    effects.forEach(perform);
    options.onState();
  }

  const seed: Replica["seed"] = (ruleset, known) => {
    const isOld = commitsAhead(ruleset.checkpoint, checkpoint) <= 0;
    learn(isOld ? { lastSyncAt: known.lastSyncAt } : known);
    if (isOld) return;
    const next = parseCheckpoint(ruleset.checkpoint) ? ruleset.checkpoint : null;
    if (hold({ ...ruleset, checkpoint: next, changes: ruleset.changes.filter(isChange), reset: true })) return;
    checkpoint = null;
    report(new StorageError("The store failed: The ruleset does not match its hash."));
  };

  host.onEnd(() => dispatch({ type: "stop" }));
  return {
    state: () => ({ ...sync, facts, checkpoint, hasRuleset, retryAt }),
    get error() {
      return error;
    },
    ruleset: () => (checkpoint ? { checkpoint, hash: definitions.hash, changes: [...definitions.present()] } : undefined),
    dispatch,
    learn,
    seed,
    async catchUp(other) {
      const isOther = other.checkpoint && other.checkpoint !== checkpoint;
      const stored = isOther ? await store.use((held) => held.load()) : undefined;
      if (stored?.ruleset) seed(stored.ruleset, {});
      // Who has heard of the server later knows better.
      if (other.facts.lastSyncAt > facts.lastSyncAt) learn(other.facts);
      if (other.leads) ({ retryAt } = other);
      options.onState();
    },
    async refetch() {
      const failure = await (sync.activity === "pulling" ? pulling : run(pull, host.signal, "pulled", "failed"));
      if (failure) throw failure;
    },
  };
}
