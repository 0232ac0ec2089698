-- What arrives in numbers, in daily partitions by `at`: keys that make an event count once, sightings, raw evidence.
--
-- Partitions are made ahead for the days around now. Events of any other time go to the default partition, so that
-- nothing is refused; make_day moves them out before it attaches the partition of their day, because PostgreSQL
-- refuses a partition whose rows stand in the default one.

CREATE TABLE selfheal.event_key (
  tenant      text NOT NULL,
  server      text NOT NULL,
  session_id  text NOT NULL,
  line_number bigint NOT NULL,
  at          timestamptz NOT NULL,
  intake      text NOT NULL,
  sqlstate    text NOT NULL,
  pid         integer NOT NULL,  -- 0: not known
  filed_at    timestamptz NOT NULL,
  PRIMARY KEY (tenant, server, session_id, line_number, at)
) PARTITION BY RANGE (at);
-- For the second intake that saw the same error. The intake stands before the time, so that a storm of one intake is
-- not searched for another's.
CREATE INDEX event_key_of_backend ON selfheal.event_key (tenant, server, pid, sqlstate, intake, at) WHERE pid <> 0;
CREATE TABLE selfheal.event_key_default PARTITION OF selfheal.event_key DEFAULT;

-- Redacted. `incident` is NULL for what is not an incident.
CREATE TABLE selfheal.sighting (
  tenant           text NOT NULL,
  server           text NOT NULL,
  incident         bigint,
  at               timestamptz NOT NULL,  -- the first event
  last_seen        timestamptz NOT NULL,
  count            bigint NOT NULL,
  intake           text NOT NULL,
  family           text NOT NULL,
  fingerprint      text NOT NULL,
  redacted_message text NOT NULL,
  statement_shape  text NOT NULL,
  exemplar         jsonb NOT NULL,
  filed_at         timestamptz NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX sighting_of_incident ON selfheal.sighting (tenant, incident, at);
CREATE TABLE selfheal.sighting_default PARTITION OF selfheal.sighting DEFAULT;

-- Raw values of the watched databases: the only table that holds them. Granted to nobody but its owner.
CREATE TABLE selfheal.evidence (
  tenant   text NOT NULL,
  incident bigint NOT NULL,
  number   bigint NOT NULL,  -- 3 is E3
  at       timestamptz NOT NULL,
  probe    text NOT NULL,
  status   text NOT NULL,
  why      text NOT NULL,
  took_us  bigint NOT NULL,
  sql      text NOT NULL,
  columns  jsonb NOT NULL,
  rows     jsonb NOT NULL,
  filed_at timestamptz NOT NULL
) PARTITION BY RANGE (at);
CREATE INDEX evidence_of_incident ON selfheal.evidence (tenant, incident, number);
CREATE TABLE selfheal.evidence_default PARTITION OF selfheal.evidence DEFAULT;
REVOKE ALL ON selfheal.evidence, selfheal.evidence_default FROM PUBLIC;

-- Makes the partition of one UTC day and returns whether it was missing.
CREATE FUNCTION selfheal.make_day(parent text, day date) RETURNS boolean
LANGUAGE plpgsql
SET lock_timeout = '2s'  -- filing would queue behind us; the next maintenance tries again
AS $$
DECLARE
  child   text := parent || to_char(day, '"_"YYYYMMDD');
  from_at timestamptz := day::timestamp AT TIME ZONE 'UTC';
  to_at   timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('selfheal.make_day'));
  IF to_regclass(format('selfheal.%I', child)) IS NOT NULL THEN
    RETURN false;
  END IF;
  -- The lock that ATTACH takes, from the start: no row of the day may slip in between, and no lock is raised later.
  EXECUTE format('LOCK TABLE selfheal.%I IN ACCESS EXCLUSIVE MODE', parent || '_default');
  EXECUTE format('CREATE TABLE selfheal.%I (LIKE selfheal.%I INCLUDING ALL)', child, parent);
  EXECUTE format('WITH moved AS (DELETE FROM selfheal.%I WHERE at >= $1 AND at < $2 RETURNING *)'
                 ' INSERT INTO selfheal.%I SELECT * FROM moved', parent || '_default', child)
    USING from_at, to_at;
  EXECUTE format('ALTER TABLE selfheal.%I ATTACH PARTITION selfheal.%I FOR VALUES FROM (%L) TO (%L)',
                 parent, child, from_at, to_at);
  RETURN true;
END
$$;

-- Drops the partition of one UTC day and returns whether there was one.
CREATE FUNCTION selfheal.drop_day(parent text, day date) RETURNS boolean
LANGUAGE plpgsql
SET lock_timeout = '2s'
AS $$
DECLARE
  child text := parent || to_char(day, '"_"YYYYMMDD');
BEGIN
  IF to_regclass(format('selfheal.%I', child)) IS NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('DROP TABLE selfheal.%I', child);
  RETURN true;
END
$$;
