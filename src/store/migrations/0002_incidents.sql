-- Incidents and what is done about them. All texts here are redacted.
CREATE TABLE selfheal.incident (
  tenant           text NOT NULL REFERENCES selfheal.tenant,
  number           bigint NOT NULL,
  rev              bigint NOT NULL,
  -- The last rev at which more than the counts changed: what an update must have seen.
  decided_rev      bigint NOT NULL,
  server           text NOT NULL,
  database         text NOT NULL,
  family           text NOT NULL,
  fingerprint      text NOT NULL,
  state            text NOT NULL,
  category         text NOT NULL,
  category7        text NOT NULL,
  severity         text NOT NULL,
  transience       text NOT NULL,
  auto_fixable     boolean NOT NULL,
  condition        text NOT NULL,
  class_why        text NOT NULL,
  sqlstate         text NOT NULL,
  trouble          text NOT NULL,
  events           bigint NOT NULL,
  first_seen       timestamptz NOT NULL,
  last_seen        timestamptz NOT NULL,
  relieved_at      timestamptz,
  closed_at        timestamptz,
  redacted_message text NOT NULL,
  statement_shape  text NOT NULL,
  diagnosis        jsonb,
  plan             jsonb,
  verdict          jsonb,
  merged_into      bigint,
  evidence_count   bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant, number),
  FOREIGN KEY (tenant, merged_into) REFERENCES selfheal.incident
);
CREATE INDEX incident_by_key ON selfheal.incident (tenant, server, database, fingerprint, number DESC);
-- At most one incident of a key lives.
CREATE UNIQUE INDEX incident_one_living ON selfheal.incident (tenant, server, database, fingerprint)
  WHERE state NOT IN ('healed', 'failed', 'resolved');
CREATE INDEX incident_merged ON selfheal.incident (tenant, merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE selfheal.incident_timeline (
  tenant   text NOT NULL,
  incident bigint NOT NULL,
  entry    bigint GENERATED ALWAYS AS IDENTITY,
  at       timestamptz NOT NULL,
  what     text NOT NULL,
  text     text NOT NULL,
  PRIMARY KEY (tenant, incident, entry),
  FOREIGN KEY (tenant, incident) REFERENCES selfheal.incident ON DELETE CASCADE
);

CREATE TABLE selfheal.treatment (
  tenant      text NOT NULL REFERENCES selfheal.tenant,
  number      bigint NOT NULL,
  incident    bigint NOT NULL,
  server      text NOT NULL,
  database    text NOT NULL,
  playbook    text NOT NULL,
  action      text NOT NULL,
  target      text NOT NULL,
  target_key  text NOT NULL,
  plan_hash   text NOT NULL,
  approved_by text NOT NULL,
  statements  jsonb NOT NULL,
  undo        jsonb NOT NULL,
  state       text NOT NULL,
  at          timestamptz NOT NULL,
  intended_at timestamptz NOT NULL,
  acted_at    timestamptz,
  report      text NOT NULL,
  verdict     jsonb,
  PRIMARY KEY (tenant, number),
  FOREIGN KEY (tenant, incident) REFERENCES selfheal.incident ON DELETE CASCADE
);
-- One treatment of a target at a time. md5 because a key may be longer than an index row.
CREATE UNIQUE INDEX treatment_one_open ON selfheal.treatment (tenant, server, md5(target_key))
  WHERE verdict IS NULL AND state IN ('planned', 'approved', 'intent', 'running', 'done', 'unknown');
CREATE INDEX treatment_of_incident ON selfheal.treatment (tenant, incident);
CREATE INDEX treatment_lately ON selfheal.treatment (tenant, intended_at);
CREATE INDEX treatment_unfinished ON selfheal.treatment (tenant, number) WHERE verdict IS NULL;

CREATE TABLE selfheal.past_case (
  tenant      text NOT NULL REFERENCES selfheal.tenant,
  fingerprint text NOT NULL,
  incident    bigint NOT NULL,
  action      text NOT NULL,
  family      text NOT NULL,
  cause       text NOT NULL,
  verdict     text NOT NULL,
  at          timestamptz NOT NULL,
  PRIMARY KEY (tenant, fingerprint, incident, action)
);
CREATE INDEX past_case_of_family ON selfheal.past_case (tenant, md5(family), at);
