/** The change feed, what the model has grown, and what a push leaves behind. Definitions that are there enter the feed. */
export const changeFeed: readonly string[] = [
  `ALTER TABLE rollease_flags
    ADD COLUMN name TEXT,
    ADD COLUMN has_default BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN off_value JSONB,
    ADD COLUMN environments TEXT[],
    ADD COLUMN off JSONB,
    ADD COLUMN fallthrough JSONB,
    ADD COLUMN client_visible BOOLEAN,
    ADD COLUMN permanent BOOLEAN,
    ADD COLUMN owner TEXT,
    ADD COLUMN version INTEGER NOT NULL DEFAULT 1`,
  `ALTER TABLE rollease_rules
    ADD COLUMN rule_id TEXT,
    ADD COLUMN position INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN rollout_pct JSONB,
    ADD COLUMN sticky BOOLEAN,
    ADD COLUMN distribution JSONB,
    ADD COLUMN outcome JSONB,
    ADD COLUMN split JSONB`,
  `UPDATE rollease_rules SET rule_id = id::text, position = ordered.position
    FROM (SELECT id AS row_id, row_number() OVER (PARTITION BY flag_key ORDER BY priority, created_at, id) - 1 AS position
      FROM rollease_rules) AS ordered
    WHERE ordered.row_id = rollease_rules.id`,
  "ALTER TABLE rollease_rules ADD UNIQUE (flag_key, rule_id)",
  "ALTER TABLE rollease_segments ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
  `ALTER TABLE rollease_exclusion_layers
    ADD COLUMN hash_key TEXT,
    ADD COLUMN version INTEGER NOT NULL DEFAULT 1,
    ADD COLUMN updated_at TIMESTAMPTZ DEFAULT now()`,
  "ALTER TABLE rollease_history ADD COLUMN position BIGSERIAL, ADD COLUMN actor JSONB",
  "CREATE INDEX rollease_history_position_idx ON rollease_history(position)",
  "CREATE INDEX rollease_assignments_user_id_idx ON rollease_assignments(user_id)",
  "CREATE INDEX rollease_impressions_user_id_idx ON rollease_impressions(user_id)",
  `CREATE TABLE rollease_overrides (
    flag_key TEXT NOT NULL REFERENCES rollease_flags(key) ON DELETE CASCADE,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    value JSONB,
    variant_id TEXT,
    PRIMARY KEY (flag_key, scope, id)
  )`,
  `CREATE TABLE rollease_events (
    id BIGSERIAL PRIMARY KEY,
    event TEXT NOT NULL,
    user_id TEXT,
    value JSONB,
    metadata JSONB,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
  )`,
  "CREATE INDEX rollease_events_user_id_idx ON rollease_events(user_id)",
  `CREATE TABLE rollease_push_receipts (
    id TEXT PRIMARY KEY,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
  )`,
  "CREATE INDEX rollease_push_receipts_created_at_idx ON rollease_push_receipts(created_at)",
  `CREATE TABLE rollease_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch UUID NOT NULL,
    seq BIGINT NOT NULL
  )`,
  `CREATE TABLE rollease_feed (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    seq BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (kind, key)
  )`,
  "CREATE INDEX rollease_feed_seq_idx ON rollease_feed(seq)",
  `INSERT INTO rollease_feed (kind, key, seq)
    SELECT 'flag', key, 1 FROM rollease_flags
    UNION ALL SELECT 'segment', key, 1 FROM rollease_segments
    UNION ALL SELECT 'layer', key, 1 FROM rollease_exclusion_layers`,
  `INSERT INTO rollease_clock (id, epoch, seq)
    SELECT 1, gen_random_uuid(), CASE WHEN EXISTS (SELECT 1 FROM rollease_feed) THEN 1 ELSE 0 END`,
];
