import type { RxJsonSchema } from "rxdb";
import type { Change, DefinitionKind } from "../../src/model/definition";

/** A definition as a document of RxDB. */
export interface FlagDocument {
  /** `kind:key`. */
  readonly id: string;
  readonly kind: DefinitionKind;
  readonly key: string;
  /** The commit that it is of. */
  readonly seq: number;
  /**
   * The flag, segment or layer; absent in a document that is deleted. Not typed as such: RxDB computes every path into a
   * document's type, and conditions nest without end.
   */
  readonly doc?: Readonly<Record<string, unknown>>;
}

/** The schema of a collection that {@link replicateFlags} fills. */
export const flagDocumentSchema: RxJsonSchema<FlagDocument> = {
  version: 0,
  primaryKey: "id",
  type: "object",
  properties: {
    // A key has 256 characters at most.
    id: { type: "string", maxLength: 264 },
    kind: { type: "string", enum: ["flag", "segment", "layer"] },
    key: { type: "string", maxLength: 256 },
    seq: { type: "integer" },
    doc: { type: "object" },
  },
  required: ["id", "kind", "key", "seq"],
};

export type ReplicatedFlag = FlagDocument & { readonly _deleted: boolean };

export function toDocument({ kind, key, seq, deleted, doc }: Change): ReplicatedFlag {
  return { id: `${kind}:${key}`, kind, key, seq, ...(doc && { doc: { ...doc } }), _deleted: deleted === true };
}
