/** The tables as they were first published. They may be there already, created by hand from the documentation. */
export const tables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS rollease_flags (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    key TEXT UNIQUE NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'active',
    default_value JSONB NOT NULL,
    description TEXT,
    tags TEXT[],
    namespace TEXT,
    rollout JSONB,
    variants JSONB,
    prerequisites JSONB,
    environment TEXT,
    environment_defaults JSONB,
    scheduled_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    locked BOOLEAN DEFAULT false,
    locked_reason TEXT,
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
  )`,
  `CREATE TABLE IF NOT EXISTS rollease_rules (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    flag_key TEXT NOT NULL REFERENCES rollease_flags(key) ON DELETE CASCADE,
    priority INTEGER NOT NULL DEFAULT 0,
    name TEXT,
    conditions JSONB NOT NULL,
    value JSONB,
    variant_id TEXT,
    is_holdout BOOLEAN DEFAULT false,
    enabled BOOLEAN DEFAULT true,
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
  )`,
  `CREATE TABLE IF NOT EXISTS rollease_segments (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    key TEXT UNIQUE NOT NULL,
    name TEXT,
    description TEXT,
    rules JSONB NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
  )`,
  `CREATE TABLE IF NOT EXISTS rollease_assignments (
    flag_key TEXT NOT NULL REFERENCES rollease_flags(key) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    variant_key TEXT NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now(),
    PRIMARY KEY (flag_key, user_id)
  )`,
  `CREATE TABLE IF NOT EXISTS rollease_impressions (
    id BIGSERIAL PRIMARY KEY,
    flag_key TEXT NOT NULL,
    user_id TEXT NOT NULL,
    value JSONB,
    variant_key TEXT,
    reason TEXT,
    created_at TIMESTAMPTZ DEFAULT now()
  )`,
  `CREATE TABLE IF NOT EXISTS rollease_history (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    flag_key TEXT,
    action TEXT NOT NULL,
    "by" TEXT,
    reason TEXT,
    diff JSONB,
    created_at TIMESTAMPTZ DEFAULT now()
  )`,
  `CREATE TABLE IF NOT EXISTS rollease_releases (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    name TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL DEFAULT 'pending',
    environment TEXT,
    changes JSONB NOT NULL,
    snapshots JSONB,
    scheduled_at TIMESTAMPTZ,
    deployed_at TIMESTAMPTZ,
    rolled_back_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ DEFAULT now(),
    updated_at TIMESTAMPTZ DEFAULT now()
  )`,
  `CREATE TABLE IF NOT EXISTS rollease_exclusion_layers (
    key TEXT PRIMARY KEY,
    name TEXT,
    allocations JSONB NOT NULL,
    created_at TIMESTAMPTZ DEFAULT now()
  )`,
  // The names that Postgres gives to indexes created without one.
  "CREATE INDEX IF NOT EXISTS rollease_rules_flag_key_priority_idx ON rollease_rules(flag_key, priority)",
  "CREATE INDEX IF NOT EXISTS rollease_assignments_flag_key_user_id_idx ON rollease_assignments(flag_key, user_id)",
  "CREATE INDEX IF NOT EXISTS rollease_impressions_flag_key_created_at_idx ON rollease_impressions(flag_key, created_at)",
  "CREATE INDEX IF NOT EXISTS rollease_history_flag_key_created_at_idx ON rollease_history(flag_key, created_at)",
];
