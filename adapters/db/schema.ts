/** How a column's values travel through a gateway: `json` as JSON text, `timestamp` as `Date`, `bigint` and `serial` as numbers. */
export type ColumnKind = "uuid" | "text" | "texts" | "json" | "timestamp" | "boolean" | "integer" | "bigint" | "serial";

/** Every table and column, by its name in the database. The SQL that creates them is in `migrations/`. */
export const SCHEMA = {
  flags: {
    name: "rollease_flags",
    columns: {
      id: "uuid",
      key: "text",
      type: "text",
      status: "text",
      default_value: "json",
      description: "text",
      tags: "texts",
      namespace: "text",
      rollout: "json",
      variants: "json",
      prerequisites: "json",
      environment: "text",
      environment_defaults: "json",
      scheduled_at: "timestamp",
      expires_at: "timestamp",
      locked: "boolean",
      locked_reason: "text",
      created_at: "timestamp",
      updated_at: "timestamp",
      name: "text",
      has_default: "boolean",
      off_value: "json",
      environments: "texts",
      off: "json",
      fallthrough: "json",
      client_visible: "boolean",
      permanent: "boolean",
      owner: "text",
      version: "integer",
    },
  },
  rules: {
    name: "rollease_rules",
    columns: {
      id: "uuid",
      flag_key: "text",
      priority: "integer",
      name: "text",
      conditions: "json",
      value: "json",
      variant_id: "text",
      is_holdout: "boolean",
      enabled: "boolean",
      created_at: "timestamp",
      updated_at: "timestamp",
      rule_id: "text",
      position: "integer",
      rollout_pct: "json",
      sticky: "boolean",
      distribution: "json",
      outcome: "json",
      split: "json",
    },
  },
  overrides: {
    name: "rollease_overrides",
    columns: { flag_key: "text", scope: "text", id: "text", position: "integer", value: "json", variant_id: "text" },
  },
  segments: {
    name: "rollease_segments",
    columns: {
      id: "uuid",
      key: "text",
      name: "text",
      description: "text",
      rules: "json",
      created_at: "timestamp",
      updated_at: "timestamp",
      version: "integer",
    },
  },
  layers: {
    name: "rollease_exclusion_layers",
    columns: {
      key: "text",
      name: "text",
      allocations: "json",
      created_at: "timestamp",
      hash_key: "text",
      version: "integer",
      updated_at: "timestamp",
    },
  },
  assignments: {
    name: "rollease_assignments",
    columns: { flag_key: "text", user_id: "text", variant_key: "text", created_at: "timestamp" },
  },
  impressions: {
    name: "rollease_impressions",
    columns: {
      id: "serial",
      flag_key: "text",
      user_id: "text",
      value: "json",
      variant_key: "text",
      reason: "text",
      created_at: "timestamp",
    },
  },
  history: {
    name: "rollease_history",
    columns: {
      id: "uuid",
      flag_key: "text",
      action: "text",
      by: "text",
      reason: "text",
      diff: "json",
      created_at: "timestamp",
      position: "serial",
      actor: "json",
    },
  },
  releases: {
    name: "rollease_releases",
    columns: {
      id: "uuid",
      name: "text",
      description: "text",
      status: "text",
      environment: "text",
      changes: "json",
      snapshots: "json",
      scheduled_at: "timestamp",
      deployed_at: "timestamp",
      rolled_back_at: "timestamp",
      created_at: "timestamp",
      updated_at: "timestamp",
    },
  },
  events: {
    name: "rollease_events",
    columns: { id: "serial", event: "text", user_id: "text", value: "json", metadata: "json", created_at: "timestamp" },
  },
  receipts: { name: "rollease_push_receipts", columns: { id: "text", created_at: "timestamp" } },
  clock: { name: "rollease_clock", columns: { id: "integer", epoch: "uuid", seq: "bigint" } },
  feed: { name: "rollease_feed", columns: { kind: "text", key: "text", seq: "bigint", deleted: "boolean" } },
  migrations: { name: "rollease_migrations", columns: { version: "integer", name: "text", applied_at: "timestamp" } },
} as const satisfies Record<string, { name: string; columns: Record<string, ColumnKind> }>;

export type Table = keyof typeof SCHEMA;

/** The kind of each column of a table. */
export function columnsOf(table: Table): Readonly<Record<string, ColumnKind>> {
  return SCHEMA[table].columns;
}
