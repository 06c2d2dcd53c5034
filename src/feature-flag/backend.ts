import type { FeatureFlagFake } from "./feature-flag-fake";
import { requireMethods } from "./has-methods";
import type { FlagProvider, FlagStore } from "./types";

/** Who answers flags, and who keeps them. With a provider, the store is for writing alone. */
export interface Backend {
  readonly provider?: FlagProvider;
  readonly store?: FlagStore;
}

/** Hears of a failure that was contained; `flag` is the one that was asked for. */
export type FlagErrorListener = (error: unknown, flag: string) => void;

// Whoever is asking goes on with what there was when it began.
let backend: Backend = {};
let fake: FeatureFlagFake | undefined;
let onError: FlagErrorListener | undefined;

export function currentBackend(): Backend {
  return backend;
}

/** @throws ConfigurationError for what cannot answer flags, or keep them */
export function setBackend(next: Backend): void {
  if ("provider" in next) requireMethods("flagProvider", next.provider, ["evaluate"]);
  if ("store" in next) requireMethods("flagStore", next.store, ["get", "set"]);
  backend = next;
}

export function currentFake(): FeatureFlagFake | undefined {
  return fake;
}

/** Flags that answer instead of the backend, until there are none. */
export function setFake(next: FeatureFlagFake | undefined): void {
  fake = next;
}

export function setErrorListener(listener: FlagErrorListener | undefined): void {
  onError = listener;
}

/** Tells of a failure that the asker does not see. */
export function report(error: unknown, flag: string): void {
  try {
    onError?.(error, flag);
  } catch {
    // A listener that fails is no reason for a flag to.
  }
}
