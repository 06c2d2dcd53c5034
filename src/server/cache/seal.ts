/** Tells what servers with one secret have written from what anybody else has. */
export interface Seal {
  of(body: string): Promise<string>;
  fits(body: string, seal: string): Promise<boolean>;
}

/** The secret signs other things, too; nothing that is signed for one purpose counts for another. */
const PURPOSE = "rollease feed\n";
const HEX = /^[0-9a-f]{64}$/;

/** HMAC-SHA256, as hex. */
export function createSeal(secret: string): Seal {
  const utf8 = new TextEncoder();
  let key: Promise<CryptoKey> | undefined;
  const keyOf = (): Promise<CryptoKey> =>
    (key ??= crypto.subtle.importKey("raw", utf8.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]));
  return {
    async of(body) {
      const signed = await crypto.subtle.sign("HMAC", await keyOf(), utf8.encode(PURPOSE + body));
      return Array.from(new Uint8Array(signed), (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
    async fits(body, seal) {
      if (!HEX.test(seal)) return false;
      const bytes = Uint8Array.from(seal.match(/../g) ?? [], (pair) => parseInt(pair, 16));
      return crypto.subtle.verify("HMAC", await keyOf(), bytes, utf8.encode(PURPOSE + body));
    },
  };
}
