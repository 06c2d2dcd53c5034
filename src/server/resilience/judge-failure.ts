import { isRolleaseError } from "../../errors";
import type { Outcome } from "./breaker";

/** What a failed call tells. */
export interface Failure {
  /** Whether the database answered, or failed. */
  readonly outcome: Outcome;
  /** Whether a second try can help. */
  readonly transient: boolean;
  /** Whether it is certain that nothing of the call was kept. */
  readonly undone: boolean;
}

/** The database has answered: no. */
export const ANSWERED: Failure = { outcome: "success", transient: false, undone: true };
/** Others got in the way. */
const CONFLICT: Failure = { outcome: "success", transient: true, undone: true };
/** There never was a connection. */
const UNREACHED: Failure = { outcome: "failure", transient: true, undone: true };
/** The connection broke, or the database broke down: perhaps after it did what it was asked. */
const BROKEN: Failure = { outcome: "failure", transient: true, undone: false };
const TURNED_AWAY: Failure = { outcome: "failure", transient: false, undone: true };
/** As slow as it was, it would be again. */
const SLOW: Failure = { outcome: "failure", transient: false, undone: false };
/** It was never asked. */
const CLOSED: Failure = { outcome: "inconclusive", transient: false, undone: true };

/** By SQLSTATE, else by its class. */
const SQL_STATES: Readonly<Record<string, Failure>> = {
  // Connection exceptions: the client could not connect, the server would not have it.
  "08": BROKEN,
  "08001": UNREACHED,
  "08004": UNREACHED,
  // Who may connect, and to what.
  "28": TURNED_AWAY,
  "3D": TURNED_AWAY,
  // Rolled back, but for the one of which nobody knows.
  "40": CONFLICT,
  "40003": BROKEN,
  // Insufficient resources: disk, memory, connections.
  "53": BROKEN,
  "53300": UNREACHED,
  "55P03": CONFLICT,
  // Operator's intervention: shut down, crashed, not up yet. A cancelled query has run into a time limit.
  "57": BROKEN,
  "57014": SLOW,
  "57P03": UNREACHED,
  // Failures of its system, and of itself.
  "58": BROKEN,
  XX: BROKEN,
};
const SQL_STATE = /^(?:[0-9][0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/;
/** Node's codes of a connection that did not come about. Others may mean one that broke. */
const UNREACHED_CODES = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"]);

/** Judges by what is thrown, however deep in its causes a driver's code stands. What nobody can read counts as an outage. */
export function judgeFailure(error: unknown): Failure {
  if (isRolleaseError(error)) {
    if (error.code === "CLOSED") return CLOSED;
    if (error.code !== "STORAGE") return ANSWERED;
    // Without a cause it is the adapter's own judgement, of a row or of tables that are missing.
    const { cause, retryable } = error as { cause?: unknown; retryable?: boolean };
    if (cause === undefined) return retryable === true ? BROKEN : ANSWERED;
  }
  for (let at = error, depth = 0; typeof at === "object" && at !== null && depth < 8; depth++) {
    const { code, cause } = at as { code?: unknown; cause?: unknown };
    if (typeof code === "string" && SQL_STATE.test(code)) return SQL_STATES[code] ?? SQL_STATES[code.slice(0, 2)] ?? ANSWERED;
    if (typeof code === "string" && UNREACHED_CODES.has(code)) return UNREACHED;
    at = cause;
  }
  return BROKEN;
}
