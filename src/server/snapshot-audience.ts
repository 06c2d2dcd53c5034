import { ValidationError } from "../errors";
import type { Snapshot } from "../model/snapshot";
import { object, oneOf, readWith } from "../model/schema";
import { SDK_KEY_KINDS, type SdkKeyRow } from "../ports/database-adapter";
import type { Settings } from "./config";
import type { SnapshotAudience } from "./sdk-key-types";
import { keyNames } from "./sdk-keys";
import type { ServerFeed } from "./types";

/** What a key may see. */
export type KeyRights = Pick<SdkKeyRow, "kind" | "environment" | "flags" | "tags" | "namespaces">;

/** Cuts the ruleset to what a key's holder gets of it. */
export type ProjectSnapshot = (
  feed: Pick<ServerFeed, "position" | "since">,
  rights: KeyRights,
  hashedAttributes: readonly string[],
) => Snapshot;

const rights = object<Exclude<SnapshotAudience, string>>({
  kind: oneOf(SDK_KEY_KINDS),
  flags: keyNames,
  tags: keyNames,
  namespaces: keyNames,
});

/** @throws ValidationError for rights that no key can have, and an id of no key that holds here. */
export function rightsOf(
  audience: SnapshotAudience,
  environment: string | undefined,
  feed: Pick<ServerFeed, "sdkKeys">,
  { clock, environment: served }: Pick<Settings, "clock" | "environment">,
): KeyRights {
  if (typeof audience !== "string") return { ...readWith(rights, audience), ...(environment !== undefined && { environment }) };
  const row = feed.sdkKeys().get(audience);
  if (!row || (served !== undefined && row.environment !== undefined && row.environment !== served))
    throw invalid("audience", "is the id of no SDK key");
  if (row.revokedAt !== undefined || (row.expiresAt !== undefined && Date.parse(row.expiresAt) <= clock.now()))
    throw invalid("audience", "is the id of an SDK key that does not hold any more");
  if (row.environment !== undefined && environment !== undefined && row.environment !== environment)
    throw invalid("environment", `is not the key's, which is "${row.environment}"`);
  const { kind, flags, tags, namespaces } = row;
  const confined = row.environment ?? environment;
  return {
    kind,
    ...(flags && { flags }),
    ...(tags && { tags }),
    ...(namespaces && { namespaces }),
    ...(confined !== undefined && { environment: confined }),
  };
}

function invalid(path: string, message: string): ValidationError {
  return new ValidationError([{ path, message }]);
}
