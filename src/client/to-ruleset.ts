import { DEFINITION_KINDS, type Change, type DefinitionKind } from "../model/definition";
import type { Snapshot } from "../model/snapshot";
import type { StoredRuleset } from "../ports/local-store";
import { parseCheckpoint } from "../protocol/checkpoint";

/** A snapshot as a replica holds it. Every definition counts as changed with the snapshot's own commit, so that later ones win. */
export function toRuleset(snapshot: Snapshot): Omit<StoredRuleset, "hash"> {
  const { checkpoint } = snapshot;
  const seq = parseCheckpoint(checkpoint)?.seq ?? 0;
  const of = (kind: DefinitionKind): Change[] => snapshot[`${kind}s`].map((doc) => ({ kind, key: doc.key, seq, doc }) as Change);
  return { checkpoint, changes: DEFINITION_KINDS.flatMap(of) };
}
