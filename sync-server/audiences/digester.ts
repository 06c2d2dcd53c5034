import type { Override } from "../../src/model/flag";
import { DIGESTS, digestTexts, toBase64 } from "../../src/protocol/digests";
import type { Digest } from "../../src/server/hashed/digest-conditions";
import type { Audience } from "./audience";
import { sha256 } from "./sha-256";

/** The units that overrides name: who they are is nobody's business but their own. */
const UNITS = { user: "userId", tenant: "tenantId" } as const;

/** How an audience's replicas digest their own contexts; `undefined` for one that gets everything as it was written. */
export function digestRulesOf({ kind, hashed = [] }: Audience, salt: string): string | undefined {
  if (kind === "server") return undefined;
  return [salt, ...new Set([...Object.values(UNITS), ...hashed])].join("\n");
}

export function createDigest(salt: string): Digest {
  return (attribute, comparand, folded) => toBase64(sha256(digestTexts(salt, attribute, comparand)[folded ? 1 : 0]));
}

/** An override of a user or a tenant with the digest of its id, in the scope in which replicas find digests. */
export function digestOverride(override: Override, digest: Digest): Override {
  const { scope, id } = override;
  if (scope === "environment") return override;
  const unit = UNITS[scope];
  return { ...override, scope: `${DIGESTS}.${unit}` as Override["scope"], id: digest(unit, id, false) };
}
