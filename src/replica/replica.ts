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

export interface ReplicaOptions {
  readonly source: Pick<Source, "pull" | "stream">;
  readonly store: Pick<LocalStore, "load" | "apply">;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the client is destroyed. */
  readonly signal: AbortSignal;
  readonly rules: SyncRules;
  /** Definitions have changed; the listener is called before anything else runs. */
  readonly onChanges: (changes: readonly Change[]) => void;
  /** What is held is in the store. */
  readonly onStored: () => void;
  readonly onState: () => void;
  readonly onEnvironment: (environment: string | undefined) => void;
  readonly onError: (error: Error) => void;
}

export interface Replica {
  readonly state: SyncState;
  /** `null` until there is a ruleset, and while it is known to have diverged. */
  readonly checkpoint: string | null;
  readonly lastSyncAt: number | null;
  readonly error: Error | undefined;
  readonly hasRuleset: boolean;
  /** Everything that is held, to be stored; none while it is known to have diverged. */
  ruleset(): StoredRuleset | undefined;
  get(kind: Change["kind"], key: string): Change | undefined;
  dispatch(event: SyncEvent): void;
  /** Takes a ruleset from elsewhere, unless it is older than what is held. */
  seed(ruleset: Omit<StoredRuleset, "hash"> & { readonly hash?: string }, syncedAt?: number | null): void;
  /** Catches up with what another tab has stored, unless that is held already. */
  catchUp(checkpoint: string | null, syncedAt: number | null): Promise<void>;
  refetch(): Promise<void>;
}

/** How many commits `a` is ahead of `b`; `NaN` where they are not positions of one feed. */
function commitsAhead(a: string, b: string | null): number {
  const [left, right] = [parseCheckpoint(a), parseCheckpoint(b ?? "")];
  return left && left.epoch === right?.epoch ? left.seq - right.seq : NaN;
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
  let stopTimer: () => void = () => undefined;
  let pulling = Promise.resolve();

  function fail(failure: Error): void {
    error = failure;
    onError(failure);
  }

  function expose(changes: readonly Change[]): void {
    hasRuleset = true;
    options.onChanges(changes);
  }

  /** Answers whether what is held now is what the batch's hash names, and reports it where it is not. */
  function take(batch: SourceBatch): boolean {
    const from = checkpoint;
    const taken = definitions.apply(batch.changes, batch.reset);
    const { hash } = definitions;
    const agrees = !trustsHash || batch.hash === undefined || batch.hash === hash;
    checkpoint = agrees ? batch.checkpoint : null;
    lastSyncAt = clock.now();
    if (!agrees) fail(new SyncError("The ruleset does not match the server's hash."));
    else if (taken.length || checkpoint !== from)
      store
        .apply({ checkpoint: batch.checkpoint, changes: batch.changes, reset: batch.reset, hash })
        .then(options.onStored, onError);
    expose(taken);
    return agrees;
  }

  async function pull(signal: AbortSignal): Promise<void> {
    const from = checkpoint;
    const batch = await source.pull(from, signal);
    lastSyncAt = clock.now();
    options.onEnvironment(batch.environment);
    // The stream may have gone past it meanwhile.
    if ((checkpoint !== from && commitsAhead(batch.checkpoint, checkpoint) <= 0) || take(batch)) return;
    if (!batch.reset) return pull(signal);
    // The server's own word for everything does not match either: the hash is what cannot be trusted.
    trustsHash = false;
    take(batch);
  }

  /** Runs what talks to the server, and tells the machine how that ended, unless it was ended from here. */
  async function run(
    start: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
    done: "pulled" | "closed",
    failed: "failed" | "closed",
  ): Promise<void> {
    try {
      await start(signal);
    } catch (cause) {
      if (!signal.aborted) {
        fail(cause as Error);
        const { status, retryable, retryAfterMs } = cause as Partial<SyncError>;
        dispatch(status === 401 || status === 403 ? { type: "denied" } : { type: failed, retryable, retryAfterMs });
      }
      throw cause;
    }
    if (!signal.aborted) dispatch({ type: done });
  }

  function stream(signal: AbortSignal): Promise<void> {
    const diverge = (): void => {
      checkpoint = null;
      dispatch({ type: "diverged" });
    };
    return source.stream(checkpoint, signal, {
      onAlive() {
        lastSyncAt = clock.now();
        dispatch({ type: "opened" });
      },
      onReset: diverge,
      onChange(event) {
        const ahead = commitsAhead(event.checkpoint, checkpoint);
        if (signal.aborted || ahead <= 0) return;
        if (Number.isNaN(ahead) || !take({ ...event, reset: false })) diverge();
      },
    });
  }

  /** Opens what the machine wants open. A failure has been told of by `fail`; who joins a pull sees it, too. */
  function begin(start: typeof pull, done: "pulled" | "closed", failed: "failed" | "closed"): Promise<void> {
    activity = new AbortController();
    const running = run(start, activity.signal, done, failed);
    running.catch(() => undefined);
    return running;
  }

  function perform(effect: SyncEffect): void {
    switch (effect.type) {
      case "cancel":
        stopTimer();
        return activity.abort();
      case "pull":
        pulling = begin(pull, "pulled", "failed");
        return;
      case "stream":
        return void begin(stream, "closed", "closed");
      default: {
        const delayMs = effect.type === "timer" ? effect.delayMs : backoffMs(effect.attempt, random, effect.retryAfterMs);
        stopTimer = clock.setTimer(() => dispatch({ type: "timer" }), delayMs);
      }
    }
  }

  function dispatch(event: SyncEvent): void {
    const result = step(state, event, rules);
    if (event.type === "pulled" || event.type === "opened") error = undefined;
    state = result.state;
    result.effects.forEach(perform);
    options.onState();
  }

  const seed: Replica["seed"] = (ruleset, syncedAt = null) => {
    syncedTo(syncedAt);
    if (commitsAhead(ruleset.checkpoint, checkpoint) <= 0) return;
    const taken = definitions.apply(ruleset.changes.filter(isChange), true);
    const agrees = ruleset.hash === undefined || ruleset.hash === definitions.hash;
    if (!agrees) onError(new StorageError("What was stored does not match its hash."));
    checkpoint = agrees && parseCheckpoint(ruleset.checkpoint) ? ruleset.checkpoint : null;
    expose(taken);
  };

  const catchUp: Replica["catchUp"] = async (at, syncedAt) => {
    if (at !== null && at !== checkpoint) {
      try {
        const { ruleset } = await store.load();
        if (ruleset && !options.signal.aborted) seed(ruleset);
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
    get lastSyncAt() {
      return lastSyncAt;
    },
    get error() {
      return error;
    },
    get hasRuleset() {
      return hasRuleset;
    },
    ruleset: () =>
      checkpoint === null ? undefined : { checkpoint, hash: definitions.hash, changes: [...definitions.present()] },
    get: definitions.get,
    dispatch,
    seed,
    catchUp,
    refetch: () => (state.activity === "pulling" ? pulling : run(pull, options.signal, "pulled", "failed")),
  };
}
