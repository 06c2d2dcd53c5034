import { describe, expect, it } from "vitest";
import {
  initialSyncState,
  PROVEN_MS,
  step,
  TRANSITIONS,
  type SyncActivity,
  type SyncEffect,
  type SyncEvent,
  type SyncRules,
  type SyncState,
} from "../../src/replica/sync-machine";

const RULES: SyncRules = { streaming: true, refreshInterval: 0 };
type EventType = SyncEvent["type"];

/** What a cell does: the fields of the state that change, and the effects in their order. */
type Cell = readonly [changes: Partial<SyncState>, effects: string];

const STAY: Cell = [{}, ""];
const FOLLOW: Cell = [{ activity: "resting", phase: "offline", leads: false, attempt: 0, misses: 0 }, "cancel"];
const STOP: Cell = [{ activity: "stopped", phase: "stopped", leads: false }, "cancel"];
const DENY: Cell = [{ activity: "denied", phase: "stopped" }, "cancel"];
const STREAM: Cell = [{ activity: "opening", phase: "polling" }, "cancel stream"];
const PULL: Cell = [{ activity: "pulling" }, "cancel pull"];
/** Each state begins with two failures and one miss, so that what counts them shows. */
const BEFORE = { attempt: 2, misses: 1 };

/** Every activity by every event: a new one of either is an error of types until it has its cells. */
const EXPECTED: Readonly<Record<SyncActivity, Readonly<Record<EventType, Cell>>>> = {
  resting: {
    lead: [{ activity: "pulling", leads: true }, "cancel pull"],
    follow: [{ phase: "offline", attempt: 0, misses: 0 }, ""],
    pulled: STAY,
    opened: STAY,
    closed: STAY,
    failed: STAY,
    denied: STAY,
    diverged: STAY,
    timer: STAY,
    wake: STAY,
    stop: STOP,
  },
  pulling: {
    lead: STAY,
    follow: FOLLOW,
    pulled: STREAM,
    opened: STAY,
    closed: STAY,
    failed: [{ activity: "waiting", phase: "offline", attempt: 3 }, "cancel back-off:3"],
    denied: DENY,
    diverged: STAY,
    timer: STAY,
    wake: STAY,
    stop: STOP,
  },
  opening: {
    lead: STAY,
    follow: FOLLOW,
    pulled: STAY,
    opened: [{ activity: "live", phase: "live", misses: 0 }, `timer:${PROVEN_MS}`],
    closed: [{ activity: "waiting", attempt: 3, misses: 2 }, "cancel back-off:3"],
    failed: STAY,
    denied: DENY,
    diverged: [{ activity: "waiting", phase: "polling", attempt: 3 }, "cancel back-off:3"],
    timer: STAY,
    wake: STAY,
    stop: STOP,
  },
  live: {
    lead: STAY,
    follow: FOLLOW,
    pulled: STAY,
    opened: STAY,
    closed: [{ activity: "waiting", attempt: 3 }, "cancel back-off:3"],
    failed: STAY,
    denied: DENY,
    diverged: [{ activity: "waiting", phase: "polling", attempt: 3 }, "cancel back-off:3"],
    timer: [{ attempt: 0 }, ""],
    wake: STAY,
    stop: STOP,
  },
  polling: {
    lead: STAY,
    follow: FOLLOW,
    pulled: STAY,
    opened: STAY,
    closed: STAY,
    failed: STAY,
    denied: DENY,
    diverged: PULL,
    timer: PULL,
    wake: STAY,
    stop: STOP,
  },
  waiting: {
    lead: STAY,
    follow: FOLLOW,
    pulled: STREAM,
    opened: STAY,
    closed: STAY,
    failed: STAY,
    denied: DENY,
    diverged: STAY,
    timer: PULL,
    wake: PULL,
    stop: STOP,
  },
  held: {
    lead: STAY,
    follow: FOLLOW,
    pulled: STREAM,
    opened: STAY,
    closed: STAY,
    failed: STAY,
    denied: DENY,
    diverged: STAY,
    timer: PULL,
    wake: STAY,
    stop: STOP,
  },
  denied: {
    lead: STAY,
    follow: FOLLOW,
    pulled: STREAM,
    opened: STAY,
    closed: STAY,
    failed: STAY,
    denied: STAY,
    diverged: STAY,
    timer: STAY,
    wake: STAY,
    stop: STOP,
  },
  stopped: {
    lead: STAY,
    follow: STAY,
    pulled: STAY,
    opened: STAY,
    closed: STAY,
    failed: STAY,
    denied: STAY,
    diverged: STAY,
    timer: STAY,
    wake: STAY,
    stop: STAY,
  },
};
const ACTIVITIES = Object.keys(EXPECTED) as SyncActivity[];
const EVENTS = Object.keys(EXPECTED.resting) as EventType[];

function at(activity: SyncActivity, changes: Partial<SyncState> = {}): SyncState {
  const leads = activity !== "resting" && activity !== "stopped";
  const phase = activity === "live" ? "live" : activity === "denied" || activity === "stopped" ? "stopped" : "polling";
  return { ...initialSyncState, activity, phase, leads, ...changes };
}
/** An effect as a word, with what it carries. */
function write(effect: SyncEffect): string {
  if (effect.type === "timer") return `timer:${effect.delayMs}`;
  if (effect.type !== "back-off") return effect.type;
  return `back-off:${effect.attempt}${effect.retryAfterMs === undefined ? "" : `:${effect.retryAfterMs}`}`;
}

describe("the sync machine's table", () => {
  describe.each(ACTIVITIES)("while %s", (activity) => {
    it.each(Object.entries(EXPECTED[activity]))("%s", (type, [changes, effects]) => {
      const before = at(activity, BEFORE);
      const result = step(before, { type: type as EventType }, RULES);
      expect(result.state).toEqual({ ...before, ...changes });
      expect(result.effects.map(write).join(" ")).toBe(effects);
    });
  });

  it("has the activities and events that are expected, and no others", () => {
    expect(Object.keys(TRANSITIONS).sort()).toEqual([...ACTIVITIES].sort());
    for (const row of Object.values(TRANSITIONS)) expect(Object.keys(row).sort()).toEqual([...EVENTS].sort());
  });

  it.each(ACTIVITIES)("resumes with a stream, and not with a pull, what was live before it was %s", (activity) => {
    const resumes = activity === "waiting" || activity === "held";
    const { effects } = step(at(activity, { phase: "live" }), { type: "timer" }, RULES);
    expect(effects.map(write).includes("stream")).toBe(resumes);
  });

  it.each([
    ["pulling", "failed"],
    ["opening", "closed"],
    ["live", "closed"],
  ] as const)("holds still for what the server asked for while %s", (activity, type) => {
    const { state, effects } = step(at(activity), { type, retryAfterMs: 9000 }, RULES);
    expect(state).toMatchObject({ activity: "held", attempt: 1 });
    expect(effects.map(write)).toEqual(["cancel", "back-off:1:9000"]);
  });
});
