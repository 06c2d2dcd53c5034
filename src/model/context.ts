/** Who or what a flag is evaluated for. Every field is optional; what a flag does not ask for is never read. */
export interface FlagContext {
  readonly userId?: string | undefined;
  /** For example `internal`, `beta`, `standard`. */
  readonly userType?: string | undefined;
  /** For example `production`, `staging`. Where absent, the environment of the ruleset. */
  readonly environment?: string | undefined;
  readonly region?: string | undefined;
  /** The app's version, for the semver operators. */
  readonly version?: string | undefined;
  readonly ip?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Keys of segments that the caller has worked out itself; they count beside those that the engine resolves. */
  readonly segments?: readonly string[] | undefined;
  /** Everything else, of any shape. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** The context fields that a dimension names before `segment` and the attributes. */
export const NAMED_FIELDS = ["userId", "userType", "environment", "region", "version", "ip", "tenantId"] as const;
export type NamedField = (typeof NAMED_FIELDS)[number];
