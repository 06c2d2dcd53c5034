import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  admission,
  type Circuit,
  CIRCUIT_EVENTS,
  CIRCUIT_TRANSITIONS,
  type CircuitEvent,
  type CircuitRules,
  type CircuitState,
  initialCircuit,
  stepCircuit,
} from "../../../src/server/resilience/circuit";

const RULES: CircuitRules = { threshold: 3, windowMs: 10_000, resetAfterMs: 30_000 };
const NOW = 1_000_000;

const closed: Circuit = { state: "closed", failures: [NOW - 20, NOW - 10], until: 0 };
const open: Circuit = { state: "open", failures: [], until: NOW + 1 };
const due: Circuit = { ...open, until: NOW };
const halfOpen: Circuit = { state: "half-open", failures: [], until: NOW + 1 };
const overdue: Circuit = { ...halfOpen, until: NOW };

/** From each circuit, where each event leads at `NOW`, in the order of `CIRCUIT_EVENTS`; a dot stays the very same. */
const EXPECTED: readonly (readonly [string, Circuit, string])[] = [
  ["closed, one failure before the threshold", closed, ". closed open . . ."],
  ["closed, without a failure", initialCircuit, ". . closed . . ."],
  ["open", open, ". . . . . ."],
  ["open, past its time", due, "half-open . . . . ."],
  ["half-open", halfOpen, ". . . closed open open"],
  ["half-open, past the probe's time", overdue, "half-open . . closed open open"],
];

describe("the circuit's table", () => {
  for (const [name, circuit, row] of EXPECTED) {
    row.split(" ").forEach((target, i) => {
      const event = CIRCUIT_EVENTS[i]!;
      it(`${name} + ${event}: ${target === "." ? "stays" : target}`, () => {
        const next = stepCircuit(circuit, event, NOW, RULES);
        if (target === ".") expect(next).toBe(circuit);
        else expect(next).not.toBe(circuit);
        expect(next.state).toBe(target === "." ? circuit.state : target);
      });
    });
  }

  it("has a cell for every state and event", () => {
    expect(Object.keys(CIRCUIT_TRANSITIONS).sort()).toEqual(["closed", "half-open", "open"]);
    for (const row of Object.values(CIRCUIT_TRANSITIONS)) expect(Object.keys(row).sort()).toEqual([...CIRCUIT_EVENTS].sort());
  });
});

describe("a circuit", () => {
  it("opens for its time, and gives a probe as long", () => {
    expect(stepCircuit(closed, "failure", NOW, RULES)).toEqual({ state: "open", failures: [], until: NOW + 30_000 });
    expect(stepCircuit(due, "ask", NOW, RULES)).toEqual({ state: "half-open", failures: [], until: NOW + 30_000 });
    expect(stepCircuit(halfOpen, "probe-failure", NOW, RULES).until).toBe(NOW + 30_000);
  });

  it("lets the next one find out when a probe said nothing", () => {
    const next = stepCircuit(halfOpen, "probe-lost", NOW, RULES);
    expect(admission(next, stepCircuit(next, "ask", NOW, RULES))).toBe("probe");
  });

  it("counts failures of a window alone", () => {
    const old: Circuit = { ...closed, failures: [NOW - RULES.windowMs, NOW - 1] };
    expect(stepCircuit(old, "failure", NOW, RULES)).toEqual({ state: "closed", failures: [NOW - 1, NOW], until: 0 });
  });

  it("opens at the first failure where one is enough", () => {
    expect(stepCircuit(initialCircuit, "failure", NOW, { ...RULES, threshold: 1 }).state).toBe("open");
  });

  it("lets calls, one probe, or nothing through", () => {
    const ask = (circuit: Circuit): string => admission(circuit, stepCircuit(circuit, "ask", NOW, RULES));
    expect([closed, open, due, halfOpen, overdue].map(ask)).toEqual(["call", "refused", "probe", "refused", "probe"]);
  });

  it("opens exactly after so many failures in a row within the window, whatever happened before", () => {
    const rules = fc.record({
      threshold: fc.integer({ min: 1, max: 5 }),
      windowMs: fc.integer({ min: 1, max: 50 }),
      resetAfterMs: fc.integer({ min: 1, max: 50 }),
    });
    const events = fc.array(fc.tuple(fc.nat(20), fc.constantFrom<CircuitEvent>(...CIRCUIT_EVENTS)), { maxLength: 80 });
    fc.assert(
      fc.property(rules, events, (rules, steps) => {
        let circuit = initialCircuit;
        let at = 0;
        // What the oracle knows: all of the past, in which it looks each time.
        let past: { event: CircuitEvent; at: number }[] = [];
        let openedAt = -Infinity;
        let askedAt = -Infinity;
        for (const [waited, event] of steps) {
          at += waited;
          const before = circuit;
          circuit = stepCircuit(before, event, at, rules);
          if (before.state === "closed") {
            past.push({ event, at });
            const said = past.filter((each) => each.event === "failure" || each.event === "success");
            const row = said.slice(said.map((each) => each.event).lastIndexOf("success") + 1);
            const recent = row.filter((each) => at - each.at < rules.windowMs);
            const opens = event === "failure" && recent.length >= rules.threshold;
            expect(circuit.state).toBe<CircuitState>(opens ? "open" : "closed");
            if (opens) openedAt = at;
          } else {
            past = [];
            const admitted = event === "ask" && admission(before, circuit) === "probe";
            const waits = before.state === "open" ? openedAt : askedAt;
            if (event === "ask") expect(admitted).toBe(at >= waits + rules.resetAfterMs);
            if (admitted) askedAt = at;
            if (circuit.state === "open" && before.state === "half-open")
              openedAt = event === "probe-lost" ? at - rules.resetAfterMs : at;
            if (circuit.state === "closed") expect([before.state, event]).toEqual(["half-open", "probe-success"]);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
