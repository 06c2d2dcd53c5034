import type { SCHEMA, Table } from "./schema";

type Column<T extends Table> = keyof (typeof SCHEMA)[T]["columns"];

/** What a table demands of its rows. The SQL that says so to the database is in `migrations/`. */
export interface Constraints<Name extends string = string> {
  readonly key: readonly Name[];
  /** Columns that are never NULL, those of the key aside. */
  readonly required: readonly Name[];
  readonly unique?: readonly (readonly Name[])[];
  /** The column that names a flag, and goes with it. */
  readonly flag?: Name;
}

/** For libraries that describe tables. */
const CONSTRAINTS: { readonly [T in Table]: Constraints<Column<T> & string> } = {
  flags: {
    key: ["id"],
    required: ["key", "type", "status", "default_value", "has_default", "version"],
    unique: [["key"]],
  },
  rules: {
    key: ["id"],
    required: ["flag_key", "priority", "conditions", "position"],
    unique: [["flag_key", "rule_id"]],
    flag: "flag_key",
  },
  overrides: { key: ["flag_key", "scope", "id"], required: ["position"], flag: "flag_key" },
  segments: { key: ["id"], required: ["key", "rules", "version"], unique: [["key"]] },
  layers: { key: ["key"], required: ["allocations", "version"] },
  assignments: { key: ["flag_key", "user_id"], required: ["variant_key"], flag: "flag_key" },
  impressions: { key: ["id"], required: ["flag_key", "user_id"] },
  history: { key: ["id"], required: ["action", "position"] },
  releases: { key: ["id"], required: ["name", "status", "changes", "requires_approval", "position"] },
  keys: { key: ["id"], required: ["name", "kind", "hash", "hint", "created_at", "position"] },
  webhooks: { key: ["id"], required: ["url", "event", "subject", "body", "attempts", "created_at"] },
  webhookLanes: { key: ["url", "subject"], required: ["oldest", "queued_at"] },
  events: { key: ["id"], required: ["event", "created_at"] },
  receipts: { key: ["id"], required: ["created_at"] },
  clock: { key: ["id"], required: ["epoch", "seq"] },
  feed: { key: ["kind", "key"], required: ["seq", "deleted"] },
  migrations: { key: ["version"], required: ["name", "applied_at"] },
};

export function constraintsOf(table: Table): Constraints {
  return CONSTRAINTS[table];
}
