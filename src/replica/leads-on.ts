import { StorageError } from "../errors";
import type { RulesetBatch } from "../ports/local-store";
import { commitsAhead } from "../protocol/checkpoint";

/**
 * Whether a batch brings a store on that holds what `held` says: not, where the store is past it already.
 *
 * @throws StorageError where what lies between the two is missing.
 */
export function leadsOn({ reset, since, checkpoint }: RulesetBatch, held = ""): boolean {
  if (reset) return true;
  if (since !== undefined && !(commitsAhead(held, since) >= 0)) throw new StorageError(`The store lost its ruleset of ${since}`);
  return !(commitsAhead(checkpoint, held) < 0);
}
