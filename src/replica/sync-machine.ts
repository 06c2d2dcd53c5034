export type SyncPhase = "booting" | "live" | "polling" | "offline" | "stopped";

/** What goes on; REPLICA.md describes each. */
export type SyncActivity =
  "resting" | "pulling" | "opening" | "live" | "polling" | "waiting" | "held" | "paused" | "denied" | "stopped";

export interface SyncState {
  readonly activity: SyncActivity;
  readonly phase: SyncPhase;
  /** Whether this replica is the one that talks to the server for all who share its store. */
  readonly leads: boolean;
  /** Failures in a row. */
  readonly attempt: number;
  /** Streams in a row that did not come up; from `MAX_MISSES` on it counts polls. */
  readonly misses: number;
}

export type SyncEvent =
  | { readonly type: "failed" | "closed"; readonly retryable?: boolean | undefined; readonly retryAfterMs?: number | undefined }
  | {
      readonly type:
        "lead" | "follow" | "pulled" | "opened" | "denied" | "diverged" | "timer" | "wake" | "pause" | "resume" | "stop";
    };

export type SyncEffect =
  /** Ends the pull, the stream and the timer of the activity that is left. */
  | { readonly type: "cancel" }
  | { readonly type: "pull" }
  | { readonly type: "stream" }
  | { readonly type: "back-off"; readonly attempt: number; readonly retryAfterMs: number | undefined }
  | { readonly type: "timer"; readonly delayMs: number };

export interface SyncRules {
  readonly streaming: boolean;
  /** 0 is never. */
  readonly pollMs: number;
}

/** Streams that may fail to come up before polling takes over. */
export const MAX_MISSES = 2;
/** Polls before a stream is tried again. */
export const POLLS_PER_TRY = 10;
/** How often it polls in place of a stream, where no interval was asked for. */
export const FALLBACK_POLL_MS = 30_000;
/** A stream that has been up for so long has proven itself. */
export const PROVEN_MS = 15_000;
/** Failures that trying again soon does not mend wait as if there had been so many. */
const HOPELESS = 5;

type Step<E extends SyncEvent = SyncEvent> = (state: SyncState, event: E, rules: SyncRules) => SyncState;
type Row = { readonly [T in SyncEvent["type"]]: Step<Extract<SyncEvent, { type: T }>> };

export const initialSyncState: SyncState = {
  activity: "resting",
  phase: "booting",
  leads: false,
  attempt: 0,
  misses: 0,
};

const stay: Step = (state) => state;
const go =
  (activity: SyncActivity, changes?: Partial<SyncState>): Step =>
  (state) => ({ ...state, ...changes, activity });

const pull = go("pulling");
const offline = go("paused", { phase: "offline" });
const refused = go("denied", { phase: "stopped" });
const rest = go("resting", { leads: false, attempt: 0, misses: 0 });

/** What follows when the replica is up to date. */
const settle: Step = (state, _event, { streaming }) => {
  if (streaming && state.misses < MAX_MISSES)
    return { ...state, activity: "opening", phase: state.phase === "live" ? "live" : "polling" };
  const again = state.misses >= MAX_MISSES + POLLS_PER_TRY;
  return {
    ...state,
    activity: "polling",
    phase: "polling",
    attempt: 0,
    misses: streaming ? (again ? MAX_MISSES - 1 : state.misses + 1) : 0,
  };
};

const wait: Step<Extract<SyncEvent, { type: "failed" | "closed" }>> = (state, { retryable = true, retryAfterMs }) => ({
  ...state,
  // A server that said when to come back is not asked before.
  activity: retryAfterMs === undefined ? "waiting" : "held",
  attempt: retryable ? state.attempt + 1 : Math.max(HOPELESS, state.attempt + 1),
});

const unreached: typeof wait = (state, event, rules) => ({ ...wait(state, event, rules), phase: "offline" });

/** A stream that was never up counts against streams; after enough of them, the next pull settles on polling. */
const missed: typeof wait = (state, event, rules) =>
  wait({ ...state, misses: state.misses + 1, phase: state.phase === "live" ? "offline" : state.phase }, event, rules);

/** A feed that started over is pulled at once, but not time and again. */
const startOver: Step = (state, _event, rules) =>
  state.attempt
    ? wait({ ...state, phase: "polling" }, { type: "closed" }, rules)
    : { ...state, activity: "pulling", phase: "polling", attempt: 1 };

/** A stream that was up is resumed where it broke off; everything else begins with a pull. */
const proceed: Step = (state, event, rules) => (state.phase === "live" ? settle : pull)(state, event, rules);

/** What holds wherever a row does not say otherwise. */
const usual: Row = {
  lead: stay,
  follow: rest,
  pulled: stay,
  opened: stay,
  closed: stay,
  failed: stay,
  denied: refused,
  diverged: stay,
  timer: stay,
  wake: stay,
  pause: offline,
  resume: stay,
  stop: go("stopped", { phase: "stopped", leads: false }),
};

const held: Row = { ...usual, pulled: settle, timer: proceed };

/** Every activity by every event. */
export const TRANSITIONS: Readonly<Record<SyncActivity, Row>> = {
  resting: { ...usual, lead: go("pulling", { leads: true }), denied: stay },
  pulling: { ...usual, pulled: settle, failed: unreached },
  opening: { ...usual, opened: go("live", { phase: "live", misses: 0 }), closed: missed, diverged: startOver },
  live: { ...usual, closed: wait, diverged: startOver, timer: go("live", { attempt: 0 }) },
  polling: { ...usual, timer: pull, diverged: pull },
  // Something has changed that may have mended it.
  waiting: { ...held, wake: proceed, resume: proceed },
  held,
  paused: {
    ...usual,
    lead: (state) => ({ ...state, leads: true }),
    follow: (state) => ({ ...state, leads: false }),
    denied: (state, event, rules) => (state.leads ? refused(state, event, rules) : state),
    pause: stay,
    resume: (state) => ({ ...state, activity: state.leads ? "pulling" : "resting", attempt: 0 }),
  },
  denied: { ...usual, pulled: settle, denied: stay, pause: stay },
  stopped: { ...usual, follow: stay, denied: stay, pause: stay, stop: stay },
};

/** Takes the machine from one state to the next, and says what is to be done about it. Pure. */
export function step(
  state: SyncState,
  event: SyncEvent,
  rules: SyncRules,
): { readonly state: SyncState; readonly effects: readonly SyncEffect[] } {
  const move = TRANSITIONS[state.activity][event.type] as Step;
  const next = move(state, event, rules);
  if (next.activity === state.activity) return { state: next, effects: [] };
  return { state: next, effects: entering(state, next, event, rules) };
}

function entering(
  from: SyncState,
  { activity, attempt }: SyncState,
  event: SyncEvent,
  { pollMs, streaming }: SyncRules,
): SyncEffect[] {
  const cancel: SyncEffect = { type: "cancel" };
  switch (activity) {
    case "pulling":
      return [cancel, { type: "pull" }];
    case "opening":
      return [cancel, { type: "stream" }];
    case "live":
      return [{ type: "timer", delayMs: PROVEN_MS }];
    case "waiting":
    case "held":
      return [cancel, { type: "back-off", attempt, retryAfterMs: "retryAfterMs" in event ? event.retryAfterMs : undefined }];
    case "polling": {
      const delayMs = pollMs || (streaming ? FALLBACK_POLL_MS : 0);
      return delayMs ? [cancel, { type: "timer", delayMs }] : [cancel];
    }
    default:
      return from.activity === "resting" ? [] : [cancel];
  }
}
