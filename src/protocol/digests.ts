/** Where a replica keeps the digests of its own context: below `attributes`, by the attribute's name. */
export const DIGESTS = "$";

/** What is digested of a value: as it is, and for comparisons without regard to case. Never the same text for two attributes. */
export function digestTexts(salt: string, attribute: string, value: unknown): readonly [exact: string, folded: string] {
  const text = JSON.stringify([salt, attribute, value]);
  return [text, text.toLowerCase() + "i"];
}

/** A digest as it travels. */
export function toBase64(bytes: ArrayBuffer | Uint8Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}
