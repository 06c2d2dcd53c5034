import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FALLBACK_POLL_MS,
  initialSyncState,
  MAX_MISSES,
  POLLS_PER_TRY,
  PROVEN_MS,
  step,
  type SyncActivity,
  type SyncEffect,
  type SyncEvent,
  type SyncRules,
  type SyncState,
} from "../../src/replica/sync-machine";

const RULES: SyncRules = { streaming: true, refreshInterval: 0 };

const EVENTS = ["lead", "follow", "pulled", "opened", "closed", "failed", "denied", "diverged", "timer", "wake", "stop"] as const;

function at(activity: SyncActivity, changes: Partial<SyncState> = {}): SyncState {
  const leads = activity !== "resting" && activity !== "stopped";
  return { ...initialSyncState, activity, phase: "polling", leads, ...changes };
}
const types = (effects: readonly SyncEffect[]): string[] => effects.map(({ type }) => type);
const run = (state: SyncState, events: readonly SyncEvent["type"][], rules = RULES): SyncState =>
  events.reduce((now, type) => step(now, { type }, rules).state, state);

describe("the sync machine", () => {
  it("pulls when it leads, streams when it is up to date, and is live with the first byte", () => {
    const pulling = step(initialSyncState, { type: "lead" }, RULES);
    expect(types(pulling.effects)).toEqual(["cancel", "pull"]);
    const opening = step(pulling.state, { type: "pulled" }, RULES);
    expect(types(opening.effects)).toEqual(["cancel", "stream"]);
    expect(opening.state.phase).toBe("polling");
    const live = step(opening.state, { type: "opened" }, RULES);
    expect(live.effects).toEqual([{ type: "timer", delayMs: PROVEN_MS }]);
    expect(live.state.phase).toBe("live");
  });

  it("resumes a stream that broke with a stream, and one that did not come back with a pull", () => {
    const broken = step(at("live", { phase: "live" }), { type: "closed" }, RULES);
    expect(broken.effects).toEqual([{ type: "cancel" }, { type: "back-off", attempt: 1, retryAfterMs: undefined }]);
    expect(broken.state.phase).toBe("live");
    const again = run(broken.state, ["timer"]);
    expect(again.activity).toBe("opening");
    const failed = run(again, ["closed"]);
    expect(failed.phase).toBe("offline");
    expect(run(failed, ["timer"]).activity).toBe("pulling");
  });

  it("polls in place of streams that do not come up, and tries one again now and then", () => {
    let state = at("opening");
    for (let i = 1; i < MAX_MISSES; i++) state = run(state, ["closed", "timer", "pulled"]);
    expect(state.activity).toBe("opening");
    const polling = step(run(state, ["closed", "timer"]), { type: "pulled" }, RULES);
    expect(polling.state).toMatchObject({ activity: "polling", phase: "polling", attempt: 0 });
    expect(polling.effects).toEqual([{ type: "cancel" }, { type: "timer", delayMs: FALLBACK_POLL_MS }]);
    let polls = 0;
    for (state = polling.state; state.activity === "polling"; polls++) state = run(state, ["timer", "pulled"]);
    expect(state.activity).toBe("opening");
    expect(polls).toBe(POLLS_PER_TRY + 1);
    expect(run(state, ["closed", "timer", "pulled"]).activity).toBe("polling");
  });

  it("polls at the interval asked for, and not at all where none was", () => {
    expect(step(at("pulling"), { type: "pulled" }, { streaming: false, refreshInterval: 700 }).effects[1]).toEqual({
      type: "timer",
      delayMs: 700,
    });
    expect(types(step(at("pulling"), { type: "pulled" }, { streaming: false, refreshInterval: 0 }).effects)).toEqual(["cancel"]);
  });

  it("backs off further with each failure, and forgets them when a stream has proven itself", () => {
    const once = run(at("pulling"), ["failed", "timer"]);
    expect(once).toMatchObject({ activity: "pulling", attempt: 1, phase: "offline" });
    const twice = run(at("pulling", { attempt: 1 }), ["failed"]);
    expect(twice).toMatchObject({ attempt: 2, phase: "offline" });
    expect(run(twice, ["timer", "pulled", "opened"]).attempt).toBe(2);
    expect(run(twice, ["timer", "pulled", "opened", "timer"]).attempt).toBe(0);
  });

  it("waits long after a failure that trying again soon does not mend", () => {
    expect(step(at("pulling"), { type: "failed", retryable: false }, RULES).state.attempt).toBe(5);
  });

  it("comes back when the server said so and not before", () => {
    const { state, effects } = step(at("pulling"), { type: "failed", retryAfterMs: 9000 }, RULES);
    expect(effects).toContainEqual({ type: "back-off", attempt: 1, retryAfterMs: 9000 });
    expect(run(state, ["wake"]).activity).toBe("held");
    expect(run(state, ["timer"]).activity).toBe("pulling");
  });

  it("pulls at once when the feed started over, but not time and again", () => {
    const first = run(at("live"), ["diverged"]);
    expect(first.activity).toBe("pulling");
    const second = run(first, ["pulled", "opened", "diverged"]);
    expect(second.activity).toBe("waiting");
    expect(run(second, ["timer"]).activity).toBe("pulling");
  });

  it("forgets failures, and that it was live, when it follows", () => {
    const following = run(at("live", { phase: "live", attempt: 3, misses: 1 }), ["follow"]);
    expect(following).toEqual({ activity: "resting", phase: "offline", leads: false, attempt: 0, misses: 0 });
    expect(run(following, ["lead"])).toMatchObject({ activity: "pulling", phase: "offline", leads: true });
  });

  it("holds its invariants whatever happens in whatever order", () => {
    const event = fc.oneof(
      fc.constantFrom(...EVENTS).map((type) => ({ type })),
      fc.record({
        type: fc.constantFrom("failed" as const, "closed" as const),
        retryable: fc.boolean(),
        retryAfterMs: fc.option(fc.nat(60_000), { nil: undefined }),
      }),
    );
    const rules = fc.record({ streaming: fc.boolean(), refreshInterval: fc.constantFrom(0, 5000) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), rules, (events, rules) => {
        let state = initialSyncState;
        let open: string[] = [];
        for (const each of events) {
          const before = state;
          const result = step(state, each, rules);
          state = result.state;
          for (const { type } of result.effects) open = type === "cancel" ? [] : [...open, type];
          // What is open is what the activity says, and nothing else.
          const timer = rules.refreshInterval || rules.streaming ? ["timer"] : [];
          const expected: Record<SyncActivity, string[]> = {
            resting: [],
            pulling: ["pull"],
            opening: ["stream"],
            live: ["stream", "timer"],
            polling: timer,
            waiting: ["back-off"],
            held: ["back-off"],
            denied: [],
            stopped: [],
          };
          expect(open).toEqual(expected[state.activity]);
          if (state.activity === "resting" || state.activity === "stopped") expect(state.leads).toBe(false);
          else expect(state.leads).toBe(true);
          if (before.activity === "stopped") expect(result).toEqual({ state: before, effects: [] });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
