/** What releases have grown, SDK keys, and the webhook calls that are to be made. The indexes serve lists and retention. */
export const releasesKeysWebhooks: readonly string[] = [
  `ALTER TABLE rollease_releases
    ADD COLUMN requires_approval BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN created_by JSONB,
    ADD COLUMN decided_by JSONB,
    ADD COLUMN note TEXT,
    ADD COLUMN position BIGSERIAL`,
  "CREATE INDEX rollease_releases_created_at_idx ON rollease_releases(created_at, position)",
  "CREATE INDEX rollease_releases_status_scheduled_at_idx ON rollease_releases(status, scheduled_at)",
  "ALTER TABLE rollease_history ADD COLUMN release_id UUID",
  "CREATE INDEX rollease_history_release_id_idx ON rollease_history(release_id, position) WHERE release_id IS NOT NULL",
  "CREATE INDEX rollease_history_flag_key_position_idx ON rollease_history(flag_key, position)",
  "CREATE INDEX rollease_history_created_at_idx ON rollease_history(created_at)",
  "CREATE INDEX rollease_impressions_created_at_idx ON rollease_impressions(created_at)",
  "CREATE INDEX rollease_events_created_at_idx ON rollease_events(created_at)",
  `CREATE TABLE rollease_keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    hint TEXT NOT NULL,
    environment TEXT,
    origins TEXT[],
    flags TEXT[],
    tags TEXT[],
    namespaces TEXT[],
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    position BIGSERIAL
  )`,
  `CREATE TABLE rollease_webhook_outbox (
    id BIGSERIAL PRIMARY KEY,
    url TEXT NOT NULL,
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL
  )`,
  "CREATE INDEX rollease_webhook_outbox_url_subject_id_idx ON rollease_webhook_outbox(url, subject, id)",
  // One row for each url and subject that has calls: which of them is next, and before when nobody may claim it. A claim looks
  // at these alone, so that it costs the same however many calls have piled up behind one that fails.
  `CREATE TABLE rollease_webhook_lanes (
    url TEXT NOT NULL,
    subject TEXT NOT NULL,
    oldest BIGINT NOT NULL,
    due_at TIMESTAMPTZ,
    queued_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (url, subject)
  )`,
  "CREATE INDEX rollease_webhook_lanes_oldest_idx ON rollease_webhook_lanes(oldest)",
];
