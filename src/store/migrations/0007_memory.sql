-- What was learned. A case is a trouble, told by its fingerprint: what it looked like, redacted, and, in past_case, what
-- became of it each time.
ALTER TABLE selfheal.tenant
  -- Grows with every change of the tenant's cases: an index in a file tells by it whether it agrees with the rows.
  ADD COLUMN memory_state     bigint NOT NULL DEFAULT 0,
  -- The state at which cases were last taken away.
  ADD COLUMN memory_forgotten bigint NOT NULL DEFAULT 0;

CREATE TABLE selfheal.memory_case (
  tenant      text NOT NULL REFERENCES selfheal.tenant,
  fingerprint text NOT NULL,
  family      text NOT NULL,
  sqlstate    text NOT NULL,
  condition   text NOT NULL,
  cause       text NOT NULL,
  title       text NOT NULL,
  message     text NOT NULL,
  detail      text NOT NULL,
  hint        text NOT NULL,
  context     text NOT NULL,
  statement   text NOT NULL,
  incident    bigint NOT NULL,  -- the latest
  incidents   bigint NOT NULL,
  last_seen   timestamptz NOT NULL,
  changed     bigint NOT NULL,  -- memory_state at its last change, which no other case has
  PRIMARY KEY (tenant, fingerprint)
);
CREATE INDEX memory_case_in_order ON selfheal.memory_case (tenant, changed);
CREATE INDEX memory_case_of_family ON selfheal.memory_case (tenant, md5(family));

ALTER TABLE selfheal.past_case
  ADD COLUMN ending    text NOT NULL DEFAULT 'treated',
  ADD COLUMN note      text NOT NULL DEFAULT '',
  ADD COLUMN treatment bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT past_case_pkey,
  ADD PRIMARY KEY (tenant, fingerprint, incident, action, treatment);
ALTER TABLE selfheal.past_case ALTER COLUMN ending DROP DEFAULT;

INSERT INTO selfheal.memory_case
SELECT tenant, fingerprint, family, sqlstate, condition, coalesce(diagnosis->>'cause', ''),
       coalesce(diagnosis->>'title', ''), redacted_message, '', '', '', statement_shape, number,
       incidents, last_seen, row_number() OVER (PARTITION BY tenant ORDER BY number)
FROM (SELECT DISTINCT ON (tenant, fingerprint) *, count(*) OVER (PARTITION BY tenant, fingerprint) AS incidents
      FROM selfheal.incident ORDER BY tenant, fingerprint, number DESC) latest;
UPDATE selfheal.tenant t
SET memory_state = (SELECT count(*) FROM selfheal.memory_case c WHERE c.tenant = t.name);

-- A case with all that became of it, newest first.
CREATE VIEW selfheal.remembered_case AS
SELECT c.*,
       EXISTS (SELECT FROM selfheal.past_case p
               WHERE p.tenant = c.tenant AND p.fingerprint = c.fingerprint
                 AND (p.verdict <> 'unknown' OR p.note <> '')) AS is_proven,
       (SELECT coalesce(json_agg(o ORDER BY o.at DESC), '[]')
        FROM (SELECT p.incident, p.cause, p.action, p.verdict, p.at, p.ending, p.note
              FROM selfheal.past_case p
              WHERE p.tenant = c.tenant AND p.fingerprint = c.fingerprint
              ORDER BY p.at DESC LIMIT 100) o) AS outcomes
FROM selfheal.memory_case c;
