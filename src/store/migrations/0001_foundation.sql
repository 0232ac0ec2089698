-- Who we are and what we were told: tenants, watched servers, settings, policies, where reading of the logs stands.
CREATE SCHEMA IF NOT EXISTS selfheal;
REVOKE ALL ON SCHEMA selfheal FROM PUBLIC;

CREATE TABLE selfheal.schema_migrations (
  number     integer PRIMARY KEY,
  name       text NOT NULL,
  sha256     text NOT NULL,
  applied_at timestamptz NOT NULL
);

-- One row per tenant. Its row lock puts the filings of a tenant in order; the numbers people see come from here, so
-- that they have no gaps, and so does the head of the audit chain.
CREATE TABLE selfheal.tenant (
  name                  text PRIMARY KEY,
  created_at            timestamptz NOT NULL,
  incident_number       bigint NOT NULL DEFAULT 0,
  treatment_number      bigint NOT NULL DEFAULT 0,
  audit_sequence        bigint NOT NULL DEFAULT 0,
  audit_previous        text NOT NULL DEFAULT repeat('0', 64),
  audit_hash            text NOT NULL DEFAULT repeat('0', 64),
  -- The last entry that retention took away: where the remaining chain begins.
  audit_anchor_sequence bigint NOT NULL DEFAULT 0,
  audit_anchor_hash     text NOT NULL DEFAULT repeat('0', 64)
) WITH (fillfactor = 50);  -- updated with every filing: room for HOT updates

CREATE TABLE selfheal.server (
  tenant            text NOT NULL REFERENCES selfheal.tenant,
  name              text NOT NULL,
  conninfo          text NOT NULL,
  password_from     text NOT NULL,
  settings          jsonb NOT NULL,
  system_identifier text NOT NULL,
  added_at          timestamptz NOT NULL,
  PRIMARY KEY (tenant, name)
);

CREATE TABLE selfheal.setting (
  tenant text NOT NULL REFERENCES selfheal.tenant,
  name   text NOT NULL,
  value  double precision NOT NULL,
  PRIMARY KEY (tenant, name)
);

-- server '*': the policy of all servers.
CREATE TABLE selfheal.policy (
  tenant       text NOT NULL REFERENCES selfheal.tenant,
  server       text NOT NULL,
  default_mode text,
  modes        jsonb NOT NULL DEFAULT '{}',
  values       jsonb NOT NULL DEFAULT '{}',
  version      bigint NOT NULL DEFAULT 0,
  paused       boolean NOT NULL DEFAULT false,
  paused_why   text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, server)
);

-- device and inode are unsigned 64-bit numbers, which bigint cannot hold.
CREATE TABLE selfheal.log_checkpoint (
  tenant      text NOT NULL REFERENCES selfheal.tenant,
  server      text NOT NULL,
  device      numeric(20, 0) NOT NULL,
  inode       numeric(20, 0) NOT NULL,
  head_hash   text NOT NULL,
  head_bytes  bigint NOT NULL,
  read_offset numeric(20, 0) NOT NULL,
  file_name   text NOT NULL,
  file_time   timestamptz NOT NULL,
  stored_at   timestamptz NOT NULL,
  PRIMARY KEY (tenant, server)
);
