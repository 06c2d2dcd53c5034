import { parseCheckpoint, type Position } from "../src/protocol/checkpoint";
import type { ServerInternals } from "../src/server/types";
import type { Channel } from "./hub";
import { badRequest, unavailable } from "./http-error";
import { within } from "./scope";

/** How long a server that is behind a caller waits for itself, in milliseconds. */
const CATCH_UP_MS = 1_000;
const RETRY_MS = 50;

/** Where a caller stands: at a `seq` of this feed, inside a whole ruleset that it fetches by pages, or nowhere that is known. */
export type Standing = { readonly seq: number; readonly paging: boolean } | "unknown" | "stranger";

/** Names the position within a whole ruleset that is fetched by pages: good for this feed of this process alone. */
export function pagingCheckpoint(channel: Channel, seq: number): Position {
  return { epoch: pagingEpoch(channel), seq };
}

function pagingEpoch({ feed, id }: Channel): string {
  return `${feed.position().epoch}-${id}-${feed.floor()}`;
}

/** Reads a checkpoint that a caller sends. @throws 400 for what no server has written. */
export function readCheckpoint(text: string): Position {
  const position = parseCheckpoint(text);
  if (!position) throw badRequest("The checkpoint is malformed.");
  return position;
}

/**
 * Finds out where a checkpoint stands. A checkpoint that is ahead of this process is waited for, up to a second, unless
 * the database itself is behind it: then the feed has gone back, and the checkpoint is unknown. `channel` is asked
 * anew after each wait; the caller must use what it answers without waiting again.
 *
 * @throws 503 when the process does not catch up.
 */
export async function locate(since: Position, channel: () => Channel, internals: ServerInternals): Promise<Standing> {
  const deadline = internals.clock.now() + CATCH_UP_MS;
  for (let asked = 0; ; asked++) {
    const current = channel();
    const { epoch, seq } = current.feed.position();
    if (since.epoch === epoch && since.seq <= seq) return { seq: since.seq, paging: false };
    if (since.epoch === pagingEpoch(current)) return { seq: since.seq, paging: true };
    if (since.epoch.startsWith(`${epoch}-`)) return "stranger";
    if (asked > 0 && since.epoch !== epoch) return "unknown";
    if (asked === 1 && (await isBehind(since, internals, deadline))) return "unknown";
    if (asked > 0 && internals.clock.now() >= deadline) throw unavailable("The server is still catching up.");
    if (asked > 0) await new Promise<void>((resolve) => void internals.clock.setTimer(resolve, RETRY_MS));
    await refreshed(since.epoch === epoch, internals, deadline);
  }
}

/** Whether the database's own clock has not come to the checkpoint, so that waiting cannot help. */
async function isBehind(since: Position, { db, clock }: ServerInternals, deadline: number): Promise<boolean> {
  const now = await within(clock, deadline - clock.now(), db.clock()).catch(() => {
    throw unavailable("The server is still catching up.");
  });
  return !since.epoch.startsWith(now.epoch) || now.seq < since.seq;
}

async function refreshed(needed: boolean, { feed, clock }: ServerInternals, deadline: number): Promise<void> {
  try {
    await within(clock, Math.max(1, deadline - clock.now()), feed.refresh());
  } catch {
    // Of another epoch than the one at hand nothing is known without the database either way.
    if (needed) throw unavailable("The server is still catching up.");
  }
}
