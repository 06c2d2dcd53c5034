import type { EvalReason } from "../model/result";
import type { Change } from "../model/definition";
import type { JsonValue } from "../model/json";

/** Below the handler's base path. */
export const ROUTES = {
  pull: "/sync/pull",
  stream: "/sync/stream",
  push: "/sync/push",
  assignments: "/sync/assignments",
  events: "/events",
} as const;

export const HEADERS = {
  clientKey: "x-rollease-client-key",
  /** base64url of the context as JSON. */
  context: "x-rollease-context",
  userHash: "x-rollease-user-hash",
  /** The server's clock, in milliseconds since 1970; on every response. */
  time: "x-rollease-time",
} as const;

/** Server-sent events of the stream. */
export type StreamEvent = "change" | "reset";

/** A comment line is sent this often, so that a dead connection shows. */
export const HEARTBEAT_MS = 15_000;
/** Entries of one push. */
export const MAX_PUSH_ENTRIES = 500;

/** The answer of a pull. */
export interface PullResponse {
  readonly checkpoint: string;
  /** In order of `seq`; all changes of one commit are on one page. */
  readonly changes: readonly Change[];
  /** There are further pages; nothing is to be exposed before the last. */
  readonly more: boolean;
  /** The changes are the whole ruleset: what is not among them is gone. */
  readonly reset?: boolean;
  /** Of the caller's whole ruleset at `checkpoint`; see `DefinitionSet.hash`. */
  readonly hash: string;
  /** The environment that the ruleset is of, which contexts that name none are in. */
  readonly environment?: string;
  /**
   * How the caller digests its own context, to compare it with comparands that are sent as digests: a salt, which is no
   * secret, and the context fields and attributes, a line each.
   */
  readonly digests?: string;
}

/** The data of a `change` event: one commit, or a whole catch-up. */
export interface ChangeEvent {
  readonly checkpoint: string;
  readonly changes: readonly Change[];
  readonly hash: string;
  /** The server's clock in milliseconds since 1970. */
  readonly now: number;
}

interface EntryBase {
  /** A UUIDv7 made where the fact arose; an id is applied once however often it is sent. */
  readonly id: string;
  /** ISO 8601, by the sender's clock. */
  readonly at: string;
}

/**
 * A unit was assigned to a variant. The server keeps the first one of each unit and answers which that is. A login that takes a
 * visitor's assignments along is no more than that: an entry of the user's own with the visitor's variant.
 */
export interface AssignmentEntry extends EntryBase {
  readonly type: "assignment";
  readonly flagKey: string;
  readonly unit: string;
  readonly variantKey: string;
}

export interface ImpressionEntry extends EntryBase {
  readonly type: "impression";
  readonly flagKey: string;
  readonly unit: string;
  readonly variant: string | null;
  readonly value: JsonValue;
  readonly reason: EvalReason;
}

export interface TrackEntry extends EntryBase {
  readonly type: "event";
  readonly event: string;
  readonly unit: string | null;
  readonly value?: number | undefined;
  readonly metadata?: Readonly<Record<string, JsonValue>> | undefined;
}

/** A fact that starts at the edge. */
export type PushEntry = AssignmentEntry | ImpressionEntry | TrackEntry;

export interface PushRequest {
  readonly batch: readonly PushEntry[];
}

export type PushErrorCode = "malformed" | "unknown_flag" | "unknown_variant" | "forbidden";

export interface PushResult {
  readonly id: string;
  readonly status: "applied" | "duplicate" | "rejected";
  /** For an assignment: the variant that the server keeps, the first writer's. */
  readonly canonical?: string;
  readonly error?: PushErrorCode;
}

export interface PushResponse {
  readonly results: readonly PushResult[];
}

/** The caller's own assignments: flag key to variant key. */
export interface AssignmentsResponse {
  readonly assignments: Readonly<Record<string, string>>;
}

/** The body of every error. */
export interface ErrorBody {
  readonly error: string;
  readonly code: string;
}
