import type { Flag } from "./flag";
import type { Layer, Segment } from "./segment";

export const DEFINITION_KINDS = ["flag", "segment", "layer"] as const;
export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

export interface DefinitionByKind {
  readonly flag: Flag;
  readonly segment: Segment;
  readonly layer: Layer;
}

/** One definition, or its removal, at one position of the change feed. All changes of one commit share its `seq`. */
export type Change = {
  readonly [K in DefinitionKind]:
    | { readonly kind: K; readonly key: string; readonly seq: number; readonly deleted: true; readonly doc?: never }
    | {
        readonly kind: K;
        readonly key: string;
        readonly seq: number;
        readonly deleted?: false;
        readonly doc: DefinitionByKind[K];
      };
}[DefinitionKind];
