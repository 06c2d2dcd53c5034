import type { ImpressionRow } from "./database-adapter";

/** What is kept of one evaluation. However often it is delivered, its id makes it one row. */
export interface EvaluationRecord extends Omit<ImpressionRow, "userId"> {
  /** A UUID. */
  readonly id: string;
  readonly userId: string | null;
}

/** A record on its way, as text; whoever reads it has to expect anything. */
export interface StreamEntry {
  /** The stream's own name for it. */
  readonly id: string;
  readonly text: string;
}

/**
 * Carries records of evaluations from servers that evaluate to workers that keep them. Bounded: of what nobody has read,
 * the oldest goes first. Every call may fail, and says so in time.
 */
export interface EvaluationStream {
  readonly kind: string;
  /** Adds texts in order, with as few round trips as can be. Some may have been added where it fails. */
  append(texts: readonly string[]): Promise<void>;
  /** Takes entries that no worker has had yet; waits for the first of them at most so long. */
  read(consumer: string, options: { readonly count: number; readonly waitMs: number }): Promise<readonly StreamEntry[]>;
  /** Takes over what another worker was given so long ago, and has not acknowledged. */
  claim(consumer: string, options: { readonly count: number; readonly idleMs: number }): Promise<readonly StreamEntry[]>;
  /** Nobody needs them any more. */
  acknowledge(ids: readonly string[]): Promise<void>;
  /** Keeps what nobody can use where somebody can look at it. It still has to be acknowledged. */
  setAside(entries: readonly (StreamEntry & { readonly error: string })[]): Promise<void>;
  /** The worker is gone for good. What it was given and has not acknowledged must not be lost by that. */
  leave(consumer: string): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
