import type { Flag } from "../../model/flag";
import { type Reference, referencesOf } from "../../model/references";
import type { DatabaseTransaction } from "../../ports/database-adapter";

/**
 * Locks flags, and everything that `references` lead to, in one order for everybody, so that two releases wait for each other
 * instead of deadlocking. Answers those of the flags that exist.
 */
export async function lockDefinitions(
  tx: DatabaseTransaction,
  flagKeys: readonly string[],
  references: readonly Reference[],
): Promise<ReadonlyMap<string, Flag>> {
  const wanted = { flag: new Set(flagKeys), segment: new Set<string>() };
  for (const { kind, key } of await reach(tx, references)) wanted[kind].add(key);
  const flags = new Map((await tx.lockFlags([...wanted.flag])).map((flag) => [flag.key, flag]));
  await tx.lockSegments([...wanted.segment]);
  return flags;
}

/** Everything that references lead to, as it is now; what changes before it is locked is found out by who checks it then. */
async function reach(tx: DatabaseTransaction, references: readonly Reference[]): Promise<readonly Reference[]> {
  const found = new Map<string, Reference>();
  const queue = [...references];
  for (const reference of queue) {
    const { kind, key } = reference;
    if (found.has(`${kind}:${key}`)) continue;
    found.set(`${kind}:${key}`, reference);
    const doc = kind === "flag" ? await tx.flag(key) : await tx.segment(key);
    if (doc) queue.push(...referencesOf(doc));
  }
  return [...found.values()];
}
