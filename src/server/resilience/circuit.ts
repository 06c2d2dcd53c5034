/**
 * - `closed`: calls go through;
 * - `open`: nothing goes through before `until`;
 * - `half-open`: one call is on its way to find out; it is given up on at `until`.
 */
export type CircuitState = "closed" | "open" | "half-open";

export interface Circuit {
  readonly state: CircuitState;
  /** When the failures of the present row were met, those within the window; empty unless closed. */
  readonly failures: readonly number[];
  /** Milliseconds since 1970; nothing while closed. */
  readonly until: number;
}

/**
 * - `ask`: somebody wants to call;
 * - `success`, `failure`: what came of a call that went through a closed circuit;
 * - `probe-success`, `probe-failure`: what came of the one call of a half-open circuit;
 * - `probe-lost`: that call ended and says nothing of what is behind the circuit.
 */
export const CIRCUIT_EVENTS = ["ask", "success", "failure", "probe-success", "probe-failure", "probe-lost"] as const;
export type CircuitEvent = (typeof CIRCUIT_EVENTS)[number];

export interface CircuitRules {
  /** Failures in a row that open the circuit. */
  readonly threshold: number;
  /** Within which they have to be. */
  readonly windowMs: number;
  /** How long it stays open, and how long a probe may take before the next one. */
  readonly resetAfterMs: number;
}

type Cell = (circuit: Circuit, at: number, rules: CircuitRules) => Circuit;

export const initialCircuit: Circuit = { state: "closed", failures: [], until: 0 };

const stay: Cell = (circuit) => circuit;
const close: Cell = () => initialCircuit;
const open: Cell = (_, at, { resetAfterMs }) => ({ state: "open", failures: [], until: at + resetAfterMs });
/** Whoever asks next finds out. */
const openUntilAsked: Cell = (_, at) => ({ state: "open", failures: [], until: at });
const probeWhenDue: Cell = (circuit, at, { resetAfterMs }) =>
  at < circuit.until ? circuit : { state: "half-open", failures: [], until: at + resetAfterMs };
const forget: Cell = (circuit) => (circuit.failures.length === 0 ? circuit : initialCircuit);
const count: Cell = (circuit, at, rules) => {
  const failures = [...circuit.failures.filter((then) => at - then < rules.windowMs), at];
  return failures.length >= rules.threshold ? open(circuit, at, rules) : { ...circuit, failures };
};

/**
 * Every state by every event. What began before the circuit opened says nothing of how things are now, and a probe that
 * another one has overtaken changes nothing more.
 */
export const CIRCUIT_TRANSITIONS: Readonly<Record<CircuitState, Readonly<Record<CircuitEvent, Cell>>>> = {
  closed: {
    ask: stay,
    success: forget,
    failure: count,
    "probe-success": stay,
    "probe-failure": stay,
    "probe-lost": stay,
  },
  open: {
    ask: probeWhenDue,
    success: stay,
    failure: stay,
    "probe-success": stay,
    "probe-failure": stay,
    "probe-lost": stay,
  },
  "half-open": {
    ask: probeWhenDue,
    success: stay,
    failure: stay,
    "probe-success": close,
    "probe-failure": open,
    "probe-lost": openUntilAsked,
  },
};

/** Takes a circuit from one state to the next. Pure. */
export function stepCircuit(circuit: Circuit, event: CircuitEvent, at: number, rules: CircuitRules): Circuit {
  return CIRCUIT_TRANSITIONS[circuit.state][event](circuit, at, rules);
}

/** What becomes of who asked: an ordinary call, the probe, or nothing. */
export function admission(before: Circuit, after: Circuit): "call" | "probe" | "refused" {
  if (after.state === "closed") return "call";
  return after !== before ? "probe" : "refused";
}
