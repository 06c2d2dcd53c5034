import type { Change, DefinitionKind } from "../model/definition";
import type { Snapshot } from "../model/snapshot";
import type { StoredRuleset } from "../ports/local-store";
import { parseCheckpoint } from "../protocol/checkpoint";

/** A snapshot as a replica holds it. Every definition counts as changed with the snapshot's own commit, so that later ones win. */
export function toRuleset({ checkpoint, flags, segments, layers }: Snapshot): Omit<StoredRuleset, "hash"> {
  const seq = parseCheckpoint(checkpoint)?.seq ?? 0;
  const of = (kind: DefinitionKind, docs: readonly { readonly key: string }[]): Change[] =>
    docs.map((doc) => ({ kind, key: doc.key, seq, doc }) as Change);
  return { checkpoint, changes: [...of("flag", flags), ...of("segment", segments), ...of("layer", layers)] };
}
