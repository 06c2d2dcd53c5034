import type { Flag } from "../model/flag";
import type { Layer, Segment } from "../model/segment";
import type { Snapshot } from "../model/snapshot";
import { formatCheckpoint, type Position } from "../protocol/checkpoint";
import { livesIn } from "./environment";
import type { ServerFeed } from "./types";

/** The ruleset of one environment, or of all, as the replica holds it. */
export function takeSnapshot(feed: Pick<ServerFeed, "position" | "since">, environment: string | undefined): Snapshot {
  const flags: Flag[] = [];
  const segments: Segment[] = [];
  const layers: Layer[] = [];
  for (const change of feed.since(0)) {
    if (change.deleted) continue;
    if (change.kind === "segment") segments.push(change.doc);
    else if (change.kind === "layer") layers.push(change.doc);
    else if (livesIn(change.doc, environment)) flags.push(change.doc);
  }
  const checkpoint = formatCheckpoint(feed.position() as Position);
  return { version: 1, checkpoint, ...(environment !== undefined && { environment }), flags, segments, layers };
}
