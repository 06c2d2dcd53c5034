import { formatCheckpoint, type Position } from "../../src/protocol/checkpoint";
import type { ProjectSnapshot } from "../../src/server/snapshot-audience";
import { createAudienceFeed } from "./audience-feed";
import { audienceOf } from "./audience";

/** The ruleset that a pull with a key of these rights would answer, as a snapshot. */
export const projectSnapshot: ProjectSnapshot = (held, rights, hashedAttributes) => {
  const audience = audienceOf(rights, undefined, hashedAttributes);
  const feed = createAudienceFeed(audience, held.position() as Position, held.since(-1));
  const digests = feed.digests();
  const docs = feed.present().map(({ change }) => change);
  return {
    version: 1,
    checkpoint: formatCheckpoint(feed.position()),
    ...(audience.environment !== undefined && { environment: audience.environment }),
    ...(digests !== undefined && { digests }),
    flags: docs.flatMap((change) => (change.kind === "flag" && change.doc ? [change.doc] : [])),
    segments: docs.flatMap((change) => (change.kind === "segment" && change.doc ? [change.doc] : [])),
    layers: docs.flatMap((change) => (change.kind === "layer" && change.doc ? [change.doc] : [])),
  };
};
