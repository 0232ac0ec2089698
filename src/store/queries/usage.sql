-- What was done lately, as of $5: on server $2, with action $3, on target $4.
SELECT
  (SELECT count(*) FROM selfheal.treatment
   WHERE tenant = $1::text AND server = $2::text AND intended_at > $5::timestamptz - interval '1 hour')
    AS acts_last_hour,
  (SELECT count(*) FROM selfheal.treatment
   WHERE tenant = $1::text AND server = $2::text AND intended_at > $5::timestamptz - interval '1 day')
    AS acts_last_day,
  (SELECT count(*) FROM selfheal.treatment
   WHERE tenant = $1::text AND intended_at > $5::timestamptz - interval '1 hour')
    AS installation_acts_last_hour,
  (SELECT count(*) FROM selfheal.treatment
   WHERE tenant = $1::text AND server = $2::text AND action = $3::text AND at > $5::timestamptz - interval '1 day'
     AND acted_at IS NOT NULL AND verdict->>'word' <> 'cured')
    AS failures_last_day,
  (SELECT max(CASE WHEN state IN ('intent', 'running', 'unknown') THEN intended_at ELSE acted_at END)
   FROM selfheal.treatment
   WHERE tenant = $1::text AND server = $2::text AND md5(target_key) = md5($4::text) AND target_key = $4::text)
    AS last_on_target,
  (SELECT count(DISTINCT server) FROM selfheal.incident
   WHERE tenant = $1::text AND last_seen > $5::timestamptz - interval '10 minutes'
     AND state NOT IN ('healed', 'failed', 'resolved', 'muted') AND merged_into IS NULL
     AND trouble <> 'notifications_failing')  -- that is about ourselves
    AS servers_with_trouble,
  (SELECT count(*) FROM selfheal.server WHERE tenant = $1::text)
    AS servers;
