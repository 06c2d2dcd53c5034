/**
 * Feature flags in the browser: replicated, evaluated locally, right offline.
 *
 * @module
 * @example
 * const client = createRolleaseClient({ baseUrl: "/api/rollease", context: { userId: "u1" }, streaming: true });
 * await client.ready();
 * client.flag("new-checkout", false);
 */
import { createIdbStore } from "../../adapters/idb";
import { createMemoryStore } from "../replica/memory-store";
import { createClient } from "./create-client";
import type { RolleaseClient, RolleaseClientOptions } from "./types";

/** Makes a client. It answers at once, from whatever it knows; `ready()` tells when it knows enough. */
export function createRolleaseClient(options: RolleaseClientOptions): RolleaseClient {
  // Not its value: reading that throws where a browser forbids storage.
  return createClient(options, (name) => ("indexedDB" in globalThis ? createIdbStore({ name }) : undefined));
}

export { createMemoryStore };
export { explain, type ExplainOptions } from "../engine/explain";
export { formatExplanation } from "../engine/format-explanation";
export type { Explainable } from "../engine/inside";
export type { ExplainedLine, Explanation, Finding } from "../model/explanation";
export { isRolleaseError, ClosedError, FlagNotFoundError, RolleaseError, StorageError, SyncError } from "../errors";
export type {
  ClientEvaluateOptions,
  IdentifyOptions,
  RolleaseClient,
  RolleaseClientOptions,
  SyncPhase,
  SyncStatus,
} from "./types";
export type { FlagContext } from "../model/context";
export type { FlagKey, FlagResults, FlagValueOf, FlagValues } from "../model/flag-registry";
export type { JsonValue } from "../model/json";
export type { EvalReason, EvaluationTrace, EvaluationTraceStep, FlagResult } from "../model/result";
export type { Snapshot } from "../model/snapshot";
export type { Clock, Random } from "../ports/clock";
export type { LocalStore } from "../ports/local-store";
