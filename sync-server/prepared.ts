import { formatCheckpoint, type Position } from "../src/protocol/checkpoint";
import type { Entry } from "./audiences/audience-feed";
import { encode, type Encoding } from "./encodings";
import type { Channel } from "./hub";

/** A whole ruleset, ready to be sent. */
export interface Prepared {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Strong: it is made from the bytes. */
  readonly etag: string;
  /** The same in an encoding, made once, and under a tag of its own: other bytes are another representation (RFC 9110, 8.8.3). */
  encoded(encoding: Encoding): Promise<Pick<Prepared, "bytes" | "etag">>;
}

export interface PullBody {
  readonly checkpoint: Position;
  readonly entries: readonly Entry[];
  readonly more: boolean;
  readonly reset: boolean;
}

/** Writes the answer of a pull, from parts that were written once. */
export function writePull({ feed, audience }: Channel, { checkpoint, entries, more, reset }: PullBody): string {
  const { environment } = audience;
  const digests = feed.digests();
  const head = {
    checkpoint: formatCheckpoint(checkpoint),
    more,
    ...(reset && { reset }),
    hash: feed.hash(),
    ...(environment !== undefined && { environment }),
    ...(digests && { digests }),
  };
  return `${JSON.stringify(head).slice(0, -1)},"changes":[${entries.map(({ json }) => json).join(",")}]}`;
}

/** Keeps each channel's whole ruleset as bytes, made once for each position. */
export function createPreparer(): (channel: Channel) => Promise<Prepared> {
  const held = new WeakMap<Channel["feed"], { readonly seq: number; readonly prepared: Promise<Prepared> }>();
  return (channel) => {
    const { feed } = channel;
    const checkpoint = feed.position();
    let known = held.get(feed);
    if (known?.seq !== checkpoint.seq) {
      const text = writePull(channel, { checkpoint, entries: feed.present(), more: false, reset: true });
      known = { seq: checkpoint.seq, prepared: prepare(text) };
      held.set(feed, known);
    }
    return known.prepared;
  };
}

async function prepare(text: string): Promise<Prepared> {
  const bytes = new TextEncoder().encode(text);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = [...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const made = new Map<Encoding, ReturnType<Prepared["encoded"]>>();
  return {
    bytes,
    etag: `"${hex}"`,
    encoded(encoding) {
      let known = made.get(encoding);
      if (!known)
        made.set(
          encoding,
          (known = encode(bytes, encoding).then((shorter) => ({ bytes: shorter, etag: `"${hex}-${encoding}"` }))),
        );
      return known;
    },
  };
}
