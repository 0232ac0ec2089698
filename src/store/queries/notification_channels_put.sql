-- Makes $2, in their order, the channels that hear of incidents; what waits for others is let go.
WITH wanted AS (
  SELECT name, place::integer FROM unnest($2::text[]) WITH ORDINALITY AS w(name, place)
), gone AS (
  DELETE FROM selfheal.notification_channel c
  WHERE c.tenant = $1::text AND NOT EXISTS (SELECT FROM wanted w WHERE w.name = c.name)
), let_go AS (
  UPDATE selfheal.notification n
  SET is_waiting = false, due_at = NULL, remind_at = NULL, parked_at = NULL
  WHERE n.tenant = $1::text AND NOT EXISTS (SELECT FROM wanted w WHERE w.name = n.channel)
    AND (n.is_waiting OR n.remind_at IS NOT NULL OR n.parked_at IS NOT NULL)
)
INSERT INTO selfheal.notification_channel (tenant, name, place)
SELECT $1::text, name, place FROM wanted
ON CONFLICT (tenant, name) DO UPDATE SET place = excluded.place;
