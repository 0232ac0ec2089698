-- What people were told outside, and what they are still to be told. All texts here are redacted.

-- The channels of the configuration, in the order in which one stands in for another.
CREATE TABLE selfheal.notification_channel (
  tenant text NOT NULL REFERENCES selfheal.tenant,
  name   text NOT NULL,
  place  integer NOT NULL,
  PRIMARY KEY (tenant, name)
);

-- One row for each channel that hears of an incident: the outbox.
CREATE TABLE selfheal.notification (
  tenant        text NOT NULL REFERENCES selfheal.tenant,
  channel       text NOT NULL,
  incident      bigint NOT NULL,
  -- Of the incident, since the row exists: who delivers sees by it whether more happened meanwhile.
  changes       bigint NOT NULL DEFAULT 1,
  is_waiting    boolean NOT NULL DEFAULT true,
  due_at        timestamptz,  -- NULL while waiting: nobody has planned it yet
  lease_until   timestamptz,  -- somebody is delivering it
  attempts      integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  parked_at     timestamptz,  -- given up, until the incident changes or the channel works again
  last_answer   text NOT NULL DEFAULT '',
  told          jsonb,        -- what the channel knows
  remind_at     timestamptz,
  receipt       text NOT NULL DEFAULT '',
  instead_of    text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant, channel, incident),
  FOREIGN KEY (tenant, incident) REFERENCES selfheal.incident ON DELETE CASCADE
) WITH (fillfactor = 70);  -- counted up with every filing of its incident: room for HOT updates
CREATE INDEX notification_waiting ON selfheal.notification (tenant, channel, due_at) WHERE is_waiting;
CREATE INDEX notification_remind ON selfheal.notification (tenant, channel, remind_at) WHERE remind_at IS NOT NULL;
CREATE INDEX notification_parked ON selfheal.notification (tenant, channel) WHERE parked_at IS NOT NULL;
CREATE INDEX notification_of_incident ON selfheal.notification (tenant, incident);

-- In the transaction of the change, whichever statement makes it: what is not committed is not told, and what is
-- committed cannot be forgotten. The writers of a row hold its incident, so they cannot wait for each other crosswise.
CREATE FUNCTION selfheal.remember_to_tell() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO selfheal.notification AS n (tenant, channel, incident)
  SELECT c.tenant, c.name, i.number
  FROM changed i JOIN selfheal.notification_channel c ON c.tenant = i.tenant
  ORDER BY i.number, c.name
  ON CONFLICT (tenant, channel, incident) DO UPDATE SET changes = n.changes + 1, is_waiting = true;
  RETURN NULL;
END
$$;
CREATE TRIGGER remember_to_tell_new AFTER INSERT ON selfheal.incident
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION selfheal.remember_to_tell();
CREATE TRIGGER remember_to_tell AFTER UPDATE ON selfheal.incident
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION selfheal.remember_to_tell();

-- Every try, for people. Of a test `incident` is NULL.
CREATE TABLE selfheal.notification_delivery (
  tenant   text NOT NULL REFERENCES selfheal.tenant,
  number   bigint GENERATED ALWAYS AS IDENTITY,
  channel  text NOT NULL,
  incident bigint,
  at       timestamptz NOT NULL,
  change   text NOT NULL,
  outcome  text NOT NULL,
  answer   text NOT NULL,
  attempt  integer NOT NULL,
  took_us  bigint NOT NULL,
  notice   text NOT NULL,  -- the id that receivers see
  PRIMARY KEY (tenant, number),
  FOREIGN KEY (tenant, incident) REFERENCES selfheal.incident ON DELETE CASCADE
);
CREATE INDEX notification_delivery_of_channel ON selfheal.notification_delivery (tenant, channel, number DESC);
CREATE INDEX notification_delivery_of_incident ON selfheal.notification_delivery (tenant, incident);

-- How a mute ends: each does, at ends_at at the latest.
CREATE TABLE selfheal.incident_mute (
  tenant         text NOT NULL,
  incident       bigint NOT NULL,
  at             timestamptz NOT NULL,
  ends_at        timestamptz NOT NULL,
  -- More events in an hour than this end it; NULL: their number does not.
  events_an_hour bigint,
  PRIMARY KEY (tenant, incident),
  FOREIGN KEY (tenant, incident) REFERENCES selfheal.incident ON DELETE CASCADE
);
