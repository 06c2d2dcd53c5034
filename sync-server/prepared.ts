import { formatCheckpoint, type Position } from "../src/protocol/checkpoint";
import type { Entry } from "./audiences/audience-feed";
import type { Channel } from "./hub";

/** A whole ruleset, ready to be sent. */
export interface Prepared {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Strong: it is made from the bytes. */
  readonly etag: string;
}

export interface PullBody {
  readonly checkpoint: Position;
  readonly entries: readonly Entry[];
  readonly more: boolean;
  readonly reset: boolean;
}

/** Writes the answer of a pull, from parts that were written once. */
export function writePull(
  { feed }: Channel,
  environment: string | undefined,
  { checkpoint, entries, more, reset }: PullBody,
): string {
  const head = {
    checkpoint: formatCheckpoint(checkpoint),
    more,
    ...(reset && { reset }),
    hash: feed.hash(),
    ...(environment !== undefined && { environment }),
  };
  return `${JSON.stringify(head).slice(0, -1)},"changes":[${entries.map(({ json }) => json).join(",")}]}`;
}

/** Keeps each channel's whole ruleset as bytes, made once for each position. */
export function createPreparer(environment: string | undefined): (channel: Channel) => Promise<Prepared> {
  const held = new WeakMap<Channel["feed"], { readonly seq: number; readonly prepared: Promise<Prepared> }>();
  return (channel) => {
    const { feed } = channel;
    const checkpoint = feed.position();
    let known = held.get(feed);
    if (known?.seq !== checkpoint.seq) {
      const text = writePull(channel, environment, { checkpoint, entries: feed.present(), more: false, reset: true });
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
  return { bytes, etag: `"${hex}"` };
}
