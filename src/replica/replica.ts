import { StorageError, SyncError } from "../errors";
import type { Change } from "../model/definition";
import type { Clock, Random } from "../ports/clock";
import type { LocalStore, StoredRuleset } from "../ports/local-store";
import type { SourceBatch } from "../ports/source";
import { parseCheckpoint } from "../protocol/checkpoint";
import { createDefinitionSet } from "../protocol/definition-set";
import { backoffMs } from "./backoff";
import type { Source } from "./http-source";
import { isChange } from "./parse-answers";
import { initialSyncState, step, type SyncEffect, type SyncEvent, type SyncRules, type SyncState } from "./sync-machine";

/** A batch as it is told to those who share the store. */
export interface SharedBatch extends SourceBatch {
  /** Where the teller was before; who is elsewhere reads the store. */
  readonly from: string | null;
  readonly hash: string;
}

export interface ReplicaOptions {
  readonly source: Pick<Source, "pull" | "stream">;
  readonly store: Pick<LocalStore, "load" | "apply">;
  readonly clock: Clock;
  readonly random: Random;
  readonly rules: SyncRules;
  /** Definitions have changed; the listener is called before anything else runs. */
  readonly onChanges: (changes: readonly Change[]) => void;
  /** The batch is in the store. */
  readonly onStored: (batch: SharedBatch) => void;
  readonly onState: () => void;
  readonly onServerTime: (serverTime: number) => void;
  readonly onEnvironment: (environment: string | undefined) => void;
  readonly onError: (error: Error) => void;
}

export interface Replica {
  readonly state: SyncState;
  /** `null` until there is a ruleset, and while it is known to have diverged. */
  readonly checkpoint: string | null;
  readonly hash: string;
  readonly lastSyncAt: number | null;
  readonly error: Error | undefined;
  readonly hasRuleset: boolean;
  present(): Iterable<Change>;
  get(kind: Change["kind"], key: string): Change | undefined;
  dispatch(event: SyncEvent): void;
  /** Takes a ruleset from elsewhere, unless it is older than what is held. */
  seed(ruleset: Omit<StoredRuleset, "hash"> & { readonly hash?: string }, syncedAt?: number | null): void;
  /** Takes a batch that another tab has stored. */
  receive(batch: SharedBatch): void;
  /** Catches up with what another tab has stored, unless that is `checkpoint` already. */
  catchUp(checkpoint?: string | null, syncedAt?: number | null): Promise<void>;
  refetch(): Promise<void>;
  /** A byte of the stream has come: as of now the replica is up to date. */
  heard(): void;
}

const DENIED = [401, 403];

/** Whether `a` names a later position than `b`; a position of another feed counts as later. */
function isLater(a: string, b: string | null): boolean {
  const [left, right] = [parseCheckpoint(a), parseCheckpoint(b ?? "")];
  return !left || !right || left.epoch !== right.epoch || left.seq > right.seq;
}

/** Keeps definitions current: performs what the sync machine says, and takes each batch into memory and store as one. */
export function createReplica(options: ReplicaOptions): Replica {
  const { source, store, clock, random, rules, onError } = options;
  const definitions = createDefinitionSet();
  let state = initialSyncState;
  let checkpoint: string | null = null;
  let lastSyncAt: number | null = null;
  let error: Error | undefined;
  let hasRuleset = false;
  let trustsHash = true;
  let activity = new AbortController();
  const lifetime = new AbortController();
  let stopTimer: () => void = () => undefined;
  let pulling: Promise<void> | undefined;

  function fail(failure: Error): void {
    error = failure;
    onError(failure);
  }

  function expose(changes: readonly Change[]): void {
    hasRuleset = true;
    options.onChanges(changes);
  }

  /** Answers whether what is held now is what the batch's hash names. */
  function take(batch: SourceBatch, store_: boolean): boolean {
    const from = checkpoint;
    const taken = batch.reset ? definitions.reset(batch.changes) : definitions.apply(batch.changes);
    const { hash } = definitions;
    const agrees = !trustsHash || batch.hash === undefined || batch.hash === hash;
    checkpoint = agrees ? batch.checkpoint : null;
    lastSyncAt = clock.now();
    if (agrees && store_ && (taken.length || checkpoint !== from)) {
      const stored = { checkpoint: batch.checkpoint, changes: batch.changes, reset: batch.reset, hash };
      store.apply(stored).then(() => options.onStored({ ...stored, from }), onError);
    }
    expose(taken);
    return agrees;
  }

  async function pull(signal: AbortSignal): Promise<void> {
    for (let full = false; ; full = true) {
      const from = checkpoint;
      const batch = await source.pull(full ? null : from, signal);
      lastSyncAt = clock.now();
      options.onEnvironment(batch.environment);
      // The stream may have gone past it meanwhile.
      if (checkpoint !== from && !isLater(batch.checkpoint, checkpoint)) return;
      if (take(batch, true)) return;
      fail(new SyncError("The ruleset does not match the server's hash."));
      if (!batch.reset) continue;
      // The server's own word for everything does not match either: the hash is what cannot be trusted.
      trustsHash = false;
      take(batch, true);
      return;
    }
  }

  function failure(cause: unknown, type: "failed" | "closed"): SyncEvent {
    const { status, retryable = true, retryAfterMs } = cause instanceof SyncError ? cause : {};
    return DENIED.includes(status as number) ? { type: "denied" } : { type, retryable, retryAfterMs };
  }

  /** Runs what an activity does; an outcome after the activity has ended is nobody's. */
  function run(start: (signal: AbortSignal) => Promise<void>, done: SyncEvent, type: "failed" | "closed"): Promise<void> {
    const { signal } = (activity = new AbortController());
    return start(signal).then(
      () => {
        if (!signal.aborted) dispatch(done);
      },
      (cause: unknown) => {
        if (signal.aborted) throw cause;
        fail(cause as Error);
        dispatch(failure(cause, type));
        throw cause;
      },
    );
  }

  function stream(signal: AbortSignal): Promise<void> {
    const diverge = (): void => {
      checkpoint = null;
      dispatch({ type: "diverged" });
    };
    return source.stream(checkpoint, signal, {
      onOpen: () => dispatch({ type: "opened" }),
      onReset: diverge,
      onChange(event) {
        options.onServerTime(event.now);
        if (signal.aborted || !isLater(event.checkpoint, checkpoint)) return;
        const [before, after] = [parseCheckpoint(checkpoint ?? ""), parseCheckpoint(event.checkpoint)];
        if (before?.epoch !== after?.epoch) return diverge();
        if (take({ ...event, reset: false }, true)) return;
        fail(new SyncError("The ruleset does not match the server's hash."));
        diverge();
      },
    });
  }

  function perform(effect: SyncEffect): void {
    const timer = (delayMs: number): void => {
      stopTimer = clock.setTimer(() => dispatch({ type: "timer" }), delayMs);
    };
    switch (effect.type) {
      case "cancel":
        stopTimer();
        return activity.abort();
      case "pull": {
        const mine = run(pull, { type: "pulled" }, "failed").finally(() => {
          if (pulling === mine) pulling = undefined;
        });
        // Told of by `fail`; whoever joins sees it, too.
        mine.catch(() => undefined);
        pulling = mine;
        return;
      }
      case "stream":
        return void run(stream, { type: "closed" }, "closed").catch(() => undefined);
      case "back-off":
        return timer(backoffMs(effect.attempt, random, effect.retryAfterMs));
      case "timer":
        return timer(effect.delayMs);
    }
  }

  function dispatch(event: SyncEvent): void {
    const result = step(state, event, rules);
    if (event.type === "pulled" || event.type === "opened") error = undefined;
    if (event.type === "stop") lifetime.abort();
    state = result.state;
    result.effects.forEach(perform);
    options.onState();
  }

  const seed: Replica["seed"] = (ruleset, syncedAt = null) => {
    syncedTo(syncedAt);
    if (hasRuleset && checkpoint !== null && !isLater(ruleset.checkpoint, checkpoint)) return;
    const taken = definitions.reset(ruleset.changes.filter(isChange));
    const agrees = ruleset.hash === undefined || ruleset.hash === definitions.hash;
    if (!agrees) onError(new StorageError("What was stored is damaged; it is used until the server has answered."));
    checkpoint = agrees && parseCheckpoint(ruleset.checkpoint) ? ruleset.checkpoint : null;
    expose(taken);
  };

  const catchUp: Replica["catchUp"] = async (at, syncedAt = null) => {
    if (at === undefined || at !== checkpoint) {
      try {
        const { ruleset } = await store.load();
        if (ruleset && !lifetime.signal.aborted) seed(ruleset);
      } catch (cause) {
        onError(cause as Error);
      }
    }
    syncedTo(syncedAt);
    options.onState();
  };

  function syncedTo(at: number | null): void {
    if (at !== null && at > (lastSyncAt ?? 0)) lastSyncAt = at;
  }

  return {
    get state() {
      return state;
    },
    get checkpoint() {
      return checkpoint;
    },
    get hash() {
      return definitions.hash;
    },
    get lastSyncAt() {
      return lastSyncAt;
    },
    get error() {
      return error;
    },
    get hasRuleset() {
      return hasRuleset;
    },
    present: definitions.present,
    get: definitions.get,
    dispatch,
    seed,
    receive(batch) {
      if (batch.reset || batch.from !== checkpoint || !take(batch, false)) void catchUp(batch.checkpoint);
    },
    catchUp,
    refetch() {
      return (
        pulling ??
        pull(lifetime.signal).then(
          () => dispatch({ type: "pulled" }),
          (cause: unknown) => {
            fail(cause as Error);
            dispatch(failure(cause, "failed"));
            throw cause;
          },
        )
      );
    },
    heard() {
      if (state.activity === "live") lastSyncAt = clock.now();
    },
  };
}
