import type { Engine } from "../engine/types";
import type { FlagContext } from "../model/context";
import type { Evaluation, FlagResult } from "../model/result";
import type { Settings } from "./config";
import type { HeldFeed } from "./server-feed";
import type { Sticky } from "./sticky";

/** What an evaluation on the server is made of, for one flag as for all. */
export interface Evaluating {
  readonly settings: Settings;
  readonly feed: HeldFeed;
  readonly sticky: Sticky;
  engine(): Engine;
  /** Whether there is a ruleset to evaluate on; waits for the first. @throws what keeps it from coming, unless something falls back */
  hasRuleset(): Promise<boolean>;
  /** Makes an evaluation a result, and tells who wants to know. */
  finish<T>(evaluation: Evaluation<T>, context: FlagContext): FlagResult<T>;
}
