import type { JsonValue } from "../../src/model/json";

/** A sync server that answers at `baseUrl`, to whoever uses the global `fetch`. */
export interface SyncSubject {
  readonly baseUrl: string;
  /** Sets what a flag serves to everybody. */
  setFlag(key: string, value: JsonValue): Promise<void>;
  removeFlag(key: string): Promise<void>;
  assign(assignment: { flagKey: string; unit: string; variantKey: string }): Promise<string>;
  /** Ends what is open; who comes back is let in. */
  endStreams(): void | Promise<void>;
  goOffline(): void | Promise<void>;
  goOnline(): void | Promise<void>;
}

/** What the server starts with, beside {@link EXPERIMENT}. */
export const SEED = { checkout: false, greeting: "hello" } as const;

export const EXPERIMENT = {
  key: "price",
  type: "multivariate",
  defaultValue: 0,
  variants: [
    { key: "low", value: 9, weight: 1 },
    { key: "high", value: 12, weight: 1 },
  ],
  rollout: { percentage: 100, sticky: true },
} as const;

export interface SyncScenario {
  readonly name: string;
  /** The only key that holds; without it anybody may call. */
  readonly clientKey?: string;
  /** What is seen from outside, as JSON, so that it can come from another process. */
  run(subject: SyncSubject): Promise<unknown>;
  readonly expected: unknown;
}
