import { HEADERS } from "../src/protocol/wire";
import type { Access } from "./access/keyring";
import { negotiate, type Encoding } from "./encodings";
import type { Channel } from "./hub";
import type { Prepared } from "./prepared";

/** The whole ruleset as one caller gets it. */
export interface WholePull extends Pick<Prepared, "bytes"> {
  readonly encoding: Encoding | undefined;
  /** What is said of it, whether it is sent or not. */
  readonly headers: { readonly etag: string; readonly "cache-control": string; readonly vary: string };
  /** Whether the caller has these bytes, in whatever encoding. */
  readonly isHeld: boolean;
}

/** A secret key's answer is for nobody else, and no cache is to keep it. */
const VARY = { public: `${HEADERS.clientKey}, Accept-Encoding`, private: "Authorization, Accept-Encoding" };
/** Shorter answers fit a packet as they are. */
const MIN_ENCODED_BYTES = 1024;

export async function wholePull(
  { headers }: Pick<Request, "headers">,
  { audience }: Access,
  channel: Channel,
  prepare: (channel: Channel) => Promise<Prepared>,
): Promise<WholePull> {
  const whole = await prepare(channel);
  const shared = audience.kind === "client" ? "public" : "private";
  const encoding = whole.bytes.length < MIN_ENCODED_BYTES ? undefined : negotiate(headers.get("accept-encoding") ?? undefined);
  const { bytes, etag } = encoding ? await whole.encoded(encoding) : whole;
  return {
    bytes,
    encoding,
    headers: { etag, "cache-control": `${shared}, no-cache`, vary: VARY[shared] },
    isHeld: isAmong(headers.get("if-none-match"), whole),
  };
}

function isAmong(ifNoneMatch: string | null, { etag }: Prepared): boolean {
  const tags =
    ifNoneMatch?.split(",").map((tag) =>
      tag
        .trim()
        .replace(/^W\//, "")
        .replace(/-(?:br|gzip)"$/, '"'),
    ) ?? [];
  return tags.includes(etag) || tags.includes("*");
}
