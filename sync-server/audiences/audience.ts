import type { Flag } from "../../src/model/flag";
import type { SdkKeyRow } from "../../src/ports/database-adapter";
import { livesIn } from "../../src/server/environment";

/** Whom a projection is for. Keys with the same rights are one audience. */
export interface Audience {
  /** Without one, flags of all environments are in. */
  readonly environment: string | undefined;
  /** A `client` audience gets what pages may know; a `server` audience everything. */
  readonly kind: SdkKeyRow["kind"];
  /** Only flags that one of these names. Absent: all. */
  readonly scope?: AudienceScope;
  /** Attributes that a client audience gets no plain comparands of. */
  readonly hashed?: readonly string[];
}

export interface AudienceScope {
  readonly flags: readonly string[];
  readonly tags: readonly string[];
  readonly namespaces: readonly string[];
}

/** The audience of callers without a key. */
export function anonymousAudience(environment: string | undefined, hashed: readonly string[]): Audience {
  return { environment, kind: "client", ...(hashed.length > 0 && { hashed }) };
}

/** The audience of a key, spelled the same for every key with the same rights. */
export function audienceOf(
  { kind, environment, flags, tags, namespaces }: Pick<SdkKeyRow, "kind" | "environment" | "flags" | "tags" | "namespaces">,
  served: string | undefined,
  hashed: readonly string[],
): Audience {
  const isScoped = flags !== undefined || tags !== undefined || namespaces !== undefined;
  return {
    environment: environment ?? served,
    kind,
    ...(isScoped && { scope: { flags: inOrder(flags), tags: inOrder(tags), namespaces: inOrder(namespaces) } }),
    ...(kind === "client" && hashed.length > 0 && { hashed }),
  };
}

/** Whether an audience sees the flag itself, rather than at most the part of it that another flag needs. */
export function isVisible(flag: Flag, { kind, environment, scope }: Audience): boolean {
  if (kind === "client" && flag.clientVisible === false) return false;
  return livesIn(flag, environment) && (scope === undefined || isNamed(flag, scope));
}

function isNamed({ key, tags = [], namespace }: Flag, scope: AudienceScope): boolean {
  if (scope.flags.includes(key) || tags.some((tag) => scope.tags.includes(tag))) return true;
  return namespace !== undefined && scope.namespaces.includes(namespace);
}

function inOrder(names: readonly string[] = []): string[] {
  return [...new Set(names)].sort();
}
