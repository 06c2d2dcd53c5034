import type { Change } from "../model/definition";
import { murmur3 } from "../engine/murmur3";

/**
 * A hash of a whole ruleset that does not depend on order: the sum of one 32-bit hash for each definition, over its
 * kind, key, version and time of change, and their number. A replica whose hash differs from the server's has diverged.
 */
export interface RulesetHash {
  add(change: Change): void;
  remove(change: Change): void;
  toString(): string;
}

export function createRulesetHash(): RulesetHash {
  let sum = 0;
  let count = 0;
  const of = (change: Change): number =>
    change.deleted ? 0 : murmur3(`${change.kind}:${change.key}:${change.doc.version}:${change.doc.updatedAt}`, 0);
  return {
    add(change) {
      if (change.deleted) return;
      sum = (sum + of(change)) >>> 0;
      count++;
    },
    remove(change) {
      if (change.deleted) return;
      sum = (sum - of(change)) >>> 0;
      count--;
    },
    toString: () => `${count}-${sum.toString(16).padStart(8, "0")}`,
  };
}
