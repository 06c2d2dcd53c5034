import { nextAttempt } from "./backoff";

export type SyncPhase = "booting" | "live" | "polling" | "offline" | "stopped";

/** What goes on; REPLICA.md describes each. */
export type SyncActivity = "resting" | "pulling" | "opening" | "live" | "polling" | "waiting" | "held" | "denied" | "stopped";

export interface SyncState {
  readonly activity: SyncActivity;
  readonly phase: SyncPhase;
  /** Whether this replica is the one that talks to the server for all who share its store. */
  readonly leads: boolean;
  /** Failures in a row. */
  readonly attempt: number;
  /** Streams in a row that did not come up; from `MAX_MISSES` on, polls in their place are counted, too. */
  readonly misses: number;
}

export type SyncEvent =
  | { readonly type: "failed" | "closed"; readonly retryable?: boolean | undefined; readonly retryAfterMs?: number | undefined }
  | { readonly type: "lead" | "follow" | "pulled" | "opened" | "denied" | "diverged" | "timer" | "wake" | "stop" };

export type SyncEffect =
  /** Ends the pull, the stream and the timer of the activity that is left. */
  | { readonly type: "cancel" }
  | { readonly type: "pull" }
  | { readonly type: "stream" }
  | { readonly type: "back-off"; readonly attempt: number; readonly retryAfterMs: number | undefined }
  | { readonly type: "timer"; readonly delayMs: number };

export interface SyncRules {
  /** @defaultValue false */
  readonly streaming?: boolean;
  /** How often to poll, in milliseconds; 0 is never. @defaultValue 0 */
  readonly refreshInterval?: number;
}

/** Streams that may fail to come up before polling takes over. */
export const MAX_MISSES = 2;
/** Polls before a stream is tried again. */
export const POLLS_PER_TRY = 10;
/** How often it polls in place of a stream, where no interval was asked for. */
export const FALLBACK_POLL_MS = 30_000;
/** A stream that has been up for so long has proven itself. */
export const PROVEN_MS = 15_000;

type Change = Partial<SyncState>;
/** What changes: always the same, or worked out. */
type Cell<E extends SyncEvent = SyncEvent> = Change | ((state: SyncState, event: E, rules: SyncRules) => Change);
type Row = { readonly [T in SyncEvent["type"]]: Cell<Extract<SyncEvent, { type: T }>> };
type Failure = Extract<SyncEvent, { retryable?: unknown }>;

export const initialSyncState: SyncState = { activity: "resting", phase: "booting", leads: false, attempt: 0, misses: 0 };

const stay: Change = {};
const pull: Change = { activity: "pulling" };
const refused: Change = { activity: "denied", phase: "stopped" };

/** What follows when the replica is up to date. */
const settle = ({ phase, misses }: SyncState, _event: SyncEvent, { streaming }: SyncRules): Change => {
  if (streaming && (misses < MAX_MISSES || misses > MAX_MISSES + POLLS_PER_TRY))
    return { activity: "opening", phase: phase === "live" ? phase : "polling" };
  return { activity: "polling", phase: "polling", attempt: 0, misses: misses + 1 };
};

const wait = ({ attempt }: SyncState, { retryable, retryAfterMs }: Failure): Change => ({
  // A server that said when to come back is not asked before.
  activity: retryAfterMs === undefined ? "waiting" : "held",
  attempt: nextAttempt(attempt, retryable),
});

const unreached = (state: SyncState, event: Failure): Change => ({ ...wait(state, event), phase: "offline" });

/** A stream that was never up counts against streams; after enough of them, the next pull settles on polling. */
const missed = (state: SyncState, event: Failure): Change => ({
  ...wait(state, event),
  misses: Math.min(state.misses + 1, MAX_MISSES),
  phase: state.phase === "live" ? "offline" : state.phase,
});

/** A feed that started over is pulled at once, but not time and again. */
const startOver = ({ attempt }: SyncState): Change => ({
  activity: attempt ? "waiting" : "pulling",
  phase: "polling",
  attempt: attempt + 1,
});

/** A stream that was up is resumed where it broke off; everything else begins with a pull. */
const proceed = (state: SyncState, event: SyncEvent, rules: SyncRules): Change =>
  state.phase === "live" ? settle(state, event, rules) : pull;

/** What holds wherever a row does not say otherwise. */
const usual: Row = {
  lead: stay,
  follow: { ...initialSyncState, phase: "offline" },
  pulled: stay,
  opened: stay,
  closed: stay,
  failed: stay,
  denied: refused,
  diverged: stay,
  timer: stay,
  wake: stay,
  stop: { activity: "stopped", phase: "stopped", leads: false },
};

const held: Row = { ...usual, pulled: settle, timer: proceed };

/** Every activity by every event. */
export const TRANSITIONS: Readonly<Record<SyncActivity, Row>> = {
  resting: { ...usual, lead: { activity: "pulling", leads: true }, denied: stay },
  pulling: { ...usual, pulled: settle, failed: unreached },
  opening: { ...usual, opened: { activity: "live", phase: "live", misses: 0 }, closed: missed, diverged: startOver },
  live: { ...usual, closed: wait, diverged: startOver, timer: { attempt: 0 } },
  polling: { ...usual, timer: pull, diverged: pull },
  // Something has changed that may have mended it.
  waiting: { ...held, wake: proceed },
  held,
  denied: { ...usual, pulled: settle, denied: stay },
  stopped: { ...usual, follow: stay, denied: stay, stop: stay },
};

/** Takes the machine from one state to the next, and says what is to be done about it. Pure. */
export function step(
  before: SyncState,
  event: SyncEvent,
  rules: SyncRules,
): { readonly state: SyncState; readonly effects: readonly SyncEffect[] } {
  const cell = TRANSITIONS[before.activity][event.type] as Cell;
  const state = { ...before, ...(typeof cell === "function" ? cell(before, event, rules) : cell) };
  if (state.activity === before.activity) return { state, effects: [] };
  const opened = opens(state, event, rules);
  // A stream that is up is the one that was opened.
  return { state, effects: state.activity === "live" ? opened : [{ type: "cancel" }, ...opened] };
}

function opens({ activity, attempt }: SyncState, event: SyncEvent, { refreshInterval, streaming }: SyncRules): SyncEffect[] {
  switch (activity) {
    case "pulling":
      return [{ type: "pull" }];
    case "opening":
      return [{ type: "stream" }];
    case "live":
      return [{ type: "timer", delayMs: PROVEN_MS }];
    case "waiting":
    case "held":
      return [{ type: "back-off", attempt, retryAfterMs: (event as Failure).retryAfterMs }];
    case "polling": {
      const delayMs = refreshInterval || (streaming ? FALLBACK_POLL_MS : 0);
      return delayMs ? [{ type: "timer", delayMs }] : [];
    }
    default:
      return [];
  }
}
