import { ConfigurationError } from "../../errors";

const encoder = new TextEncoder();
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const DEFAULT_TOLERANCE_MS = 300_000;

export interface VerifyWebhookOptions {
  /** The `secret` that the calling server was configured with. */
  readonly secret: string;
  /** The request's `x-rollease-signature`. */
  readonly header: string | null | undefined;
  /** The body exactly as it was received, before any parsing. */
  readonly body: string | Uint8Array;
  /** How old a call may be, or how far ahead of this clock; a call that somebody recorded is no good afterwards. @defaultValue 300000 */
  readonly toleranceMs?: number;
  /** @defaultValue the present */
  readonly now?: Date | number;
}

/** Signs a body as of a moment, in seconds since 1970: `t=<seconds>,v1=<hex HMAC-SHA256 of "seconds.body">`. */
export async function signWebhook(secret: string, body: string, seconds: number): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", await toKey(secret, "sign"), signedBytes(String(seconds), encoder.encode(body)));
  const hex = Array.from(new Uint8Array(mac), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `t=${seconds},v1=${hex}`;
}

/**
 * Whether a webhook call comes from a server with this secret, unchanged and of late. Await the answer: a promise by itself
 * is always true. The comparison takes the same time wherever two signatures differ.
 *
 * @throws ConfigurationError without a secret
 */
export async function verifyWebhookSignature(options: VerifyWebhookOptions): Promise<boolean> {
  const { secret, header, body, toleranceMs = DEFAULT_TOLERANCE_MS, now = Date.now() } = options;
  if (typeof secret !== "string" || secret === "") throw new ConfigurationError("secret: must not be empty.");
  const { time, signatures } = parseHeader(header ?? "");
  if (time === undefined || !(Math.abs(Number(now) - Number(time) * 1000) <= toleranceMs)) return false;
  const key = await toKey(secret, "verify");
  const signed = signedBytes(time, typeof body === "string" ? encoder.encode(body) : body);
  const verdicts = await Promise.all(signatures.map((signature) => crypto.subtle.verify("HMAC", key, signature, signed)));
  return verdicts.includes(true);
}

/** What does not look like a time or a signature is left out, as are schemes of a later day. */
function parseHeader(header: string): { time: string | undefined; signatures: Uint8Array<ArrayBuffer>[] } {
  const fields = header.split(",").map((field) => field.trim());
  const signatures = fields.flatMap((field) => (/^v1=[0-9a-f]{64}$/i.test(field) ? [fromHex(field.slice(3))] : []));
  return { time: fields.find((field) => /^t=\d{1,12}$/.test(field))?.slice(2), signatures };
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function signedBytes(time: string, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`${time}.`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}

function toKey(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", encoder.encode(secret), HMAC, false, [usage]);
}
