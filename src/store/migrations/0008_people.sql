-- Who signs in, and as what.
-- A number is never given twice: chats and sessions belong to it. Names are told apart without regard to case.
CREATE TABLE selfheal.person (
  tenant     text NOT NULL REFERENCES selfheal.tenant,
  id         bigint GENERATED ALWAYS AS IDENTITY,
  name       text NOT NULL,
  role       text NOT NULL,
  disabled   boolean NOT NULL DEFAULT false,
  slack_user text,
  created_at timestamptz NOT NULL,
  seen_at    timestamptz,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX person_name ON selfheal.person (tenant, lower(name));
CREATE UNIQUE INDEX person_slack_user ON selfheal.person (tenant, slack_user);

-- Links and cookies are kept as SHA-256: who reads these tables signs in nowhere.
CREATE TABLE selfheal.invitation (
  tenant     text NOT NULL,
  token_hash text NOT NULL,
  person     bigint NOT NULL,
  until      timestamptz NOT NULL,
  used_at    timestamptz,
  PRIMARY KEY (tenant, token_hash),
  FOREIGN KEY (tenant, person) REFERENCES selfheal.person ON DELETE CASCADE
);
CREATE INDEX invitation_of_person ON selfheal.invitation (tenant, person);

CREATE TABLE selfheal.session (
  tenant     text NOT NULL,
  token_hash text NOT NULL,
  person     bigint NOT NULL,
  began_at   timestamptz NOT NULL,
  used_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant, token_hash),
  FOREIGN KEY (tenant, person) REFERENCES selfheal.person ON DELETE CASCADE
);
CREATE INDEX session_of_person ON selfheal.session (tenant, person);
