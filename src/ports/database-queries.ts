import type { FlagStatus } from "../model/flag";

export interface FlagQuery {
  readonly status?: FlagStatus | readonly FlagStatus[];
  readonly tag?: string;
  readonly namespace?: string;
  readonly environment?: string;
  /** Part of a key, a name or a description, without regard to case. */
  readonly search?: string;
  /** @defaultValue 100 */
  readonly limit?: number;
  /** @defaultValue 0 */
  readonly offset?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface HistoryQuery {
  readonly flagKey?: string;
  /** Of any of these flags. */
  readonly flagKeys?: readonly string[];
  /** Of any of these actions. */
  readonly actions?: readonly string[];
  readonly releaseId?: string;
  /** @defaultValue 100 */
  readonly limit?: number;
  readonly offset?: number;
}
