import type { Clock } from "../../ports/clock";
import {
  admission,
  type Circuit,
  type CircuitEvent,
  type CircuitRules,
  type CircuitState,
  initialCircuit,
  stepCircuit,
} from "./circuit";

/** What the end of a call says of what is behind the breaker: that it answers, that it does not, or neither. */
export type Outcome = "success" | "failure" | "inconclusive";

export interface BreakerOptions {
  readonly rules: CircuitRules;
  readonly clock: Clock;
  /** The error of who is not let through. `cause` is the last failure. */
  refusal(until: number, cause: unknown): Error;
  /** `again`: a probe has failed. */
  onOpen?(event: { readonly until: number; readonly cause: unknown; readonly again: boolean }): void;
  onClose?(): void;
}

/** Keeps calls away from what has failed several times in a row, and finds out by single calls when it answers again. */
export interface Breaker {
  /** @throws what the call throws, or the refusal where it is not even begun. */
  run<T>(call: () => Promise<T>, judge: (error: unknown) => Outcome): Promise<T>;
  state(): CircuitState;
}

const AS_CALL = { success: "success", failure: "failure", inconclusive: undefined } as const;
const AS_PROBE = { success: "probe-success", failure: "probe-failure", inconclusive: "probe-lost" } as const;

export function createBreaker({ rules, clock, refusal, onOpen, onClose }: BreakerOptions): Breaker {
  let circuit: Circuit = initialCircuit;
  let lastFailure: unknown;

  function move(event: CircuitEvent): Circuit {
    const before = circuit;
    circuit = stepCircuit(before, event, clock.now(), rules);
    if (circuit.state === "open" && (event === "failure" || event === "probe-failure") && circuit !== before)
      onOpen?.({ until: circuit.until, cause: lastFailure, again: before.state !== "closed" });
    if (circuit.state === "closed" && before.state !== "closed") onClose?.();
    return before;
  }

  return {
    async run(call, judge) {
      const admitted = admission(move("ask"), circuit);
      if (admitted === "refused") throw refusal(circuit.until, lastFailure);
      const events = admitted === "probe" ? AS_PROBE : AS_CALL;
      try {
        const answer = await call();
        move(events.success);
        return answer;
      } catch (error) {
        const outcome = judge(error);
        if (outcome === "failure") lastFailure = error;
        const event = events[outcome];
        if (event) move(event);
        throw error;
      }
    },
    state: () => circuit.state,
  };
}
