import type { SdkKeyRow } from "../ports/database-adapter";
import type { MutationOptions } from "./mutation-options";

/** What a key may do: in which environment, from which pages, and which flags it sees. Absent: all of them. */
export interface SdkKeyInput {
  readonly name: string;
  /** `client` keys are public and ship in pages; `server` keys are secret. */
  readonly kind: SdkKeyRow["kind"];
  readonly environment?: string;
  /** Origins that pages may use a client key from, as `https://shop.example`. */
  readonly origins?: readonly string[];
  /** Only these flags; with `tags` and `namespaces`: those that any of the three names. */
  readonly flags?: readonly string[];
  readonly tags?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly expiresAt?: string | Date;
}

/** A key as it can be told of again: without itself. */
export type SdkKey = Omit<SdkKeyRow, "hash">;

export interface SdkKeys {
  /** Makes a key. `key` is told this once, and nobody keeps it. @throws ValidationError */
  create(input: SdkKeyInput, options?: MutationOptions): Promise<SdkKey & { readonly key: string }>;
  /** All keys, by creation, revoked ones among them. */
  list(): Promise<readonly SdkKey[]>;
  /** Ends a key on every server, and every stream that it opened, at once. Revoking it again changes nothing. */
  revoke(id: string, options?: MutationOptions): Promise<SdkKey>;
  /** Makes a new key with the same rights; the old one holds for `graceMs` more. @defaultValue 86400000 */
  rotate(id: string, options?: MutationOptions & { readonly graceMs?: number }): Promise<SdkKey & { readonly key: string }>;
}

/** Whom a snapshot is for: whoever holds the SDK key of this id, or a key that would have these rights. */
export type SnapshotAudience = string | Pick<SdkKeyInput, "kind" | "flags" | "tags" | "namespaces">;
