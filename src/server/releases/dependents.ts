import type { Flag } from "../../model/flag";
import { referencesOf } from "../../model/references";
import type { Snapshot } from "../../model/snapshot";

/** Answers these flags, and every flag that comes to one of them by references of its own, its prerequisites' or its segments'. */
export type Dependents = (flagKeys: Iterable<string>) => ReadonlySet<string>;

/** What depends on what, by the references of a ruleset and of more flags, which may be other states of the same ones. */
export function createDependents({ flags, segments }: Pick<Snapshot, "flags" | "segments">, more: readonly Flag[]): Dependents {
  const users = new Map<string, Set<string>>();
  const add = (id: string, doc: Parameters<typeof referencesOf>[0]): void => {
    for (const { kind, key } of referencesOf(doc)) {
      const known = users.get(`${kind}:${key}`) ?? new Set();
      users.set(`${kind}:${key}`, known.add(id));
    }
  };
  for (const flag of [...flags, ...more]) add(`flag:${flag.key}`, flag);
  for (const segment of segments) add(`segment:${segment.key}`, segment);

  return (flagKeys) => {
    const reached = new Set([...flagKeys].map((key) => `flag:${key}`));
    // A set is iterated to its end, what is added on the way included.
    for (const id of reached) for (const user of users.get(id) ?? []) reached.add(user);
    return new Set([...reached].flatMap((id) => (id.startsWith("flag:") ? [id.slice("flag:".length)] : [])));
  };
}
