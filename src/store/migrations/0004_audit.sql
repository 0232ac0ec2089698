-- Who did what, when, to what: a chain of hashes per tenant, which only grows.
CREATE TABLE selfheal.audit (
  tenant        text NOT NULL REFERENCES selfheal.tenant,
  sequence      bigint NOT NULL,
  at            timestamptz NOT NULL,
  actor         text NOT NULL,
  what          text NOT NULL,
  subject       text NOT NULL,
  text          text NOT NULL,
  previous_hash text NOT NULL,
  hash          text NOT NULL,
  PRIMARY KEY (tenant, sequence)
);

-- SHA-256 over the fields, each with its length before it, so that no two entries have the same bytes. STABLE, because
-- concat() is: declared IMMUTABLE it would not be inlined, and walking the chain would take three times as long.
CREATE FUNCTION selfheal.audit_hash(tenant text, previous_hash text, sequence bigint, at timestamptz, actor text,
                                    what text, subject text, body text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
  SELECT encode(sha256(convert_to(concat(
    length($1), ':', $1, previous_hash, sequence, '@', (extract(epoch FROM $4) * 1000000)::bigint, ';',
    length($5), ':', $5, length($6), ':', $6, length($7), ':', $7, length($8), ':', $8), 'UTF8')), 'hex')
$$;

-- Appends one entry and returns its sequence number; NULL when there is no such tenant.
CREATE FUNCTION selfheal.append_audit(tenant text, at timestamptz, actor text, what text, subject text, body text)
RETURNS bigint
LANGUAGE sql
AS $$
  WITH head AS (
    UPDATE selfheal.tenant t
    SET audit_sequence = t.audit_sequence + 1,
        audit_previous = t.audit_hash,
        audit_hash = selfheal.audit_hash(t.name, t.audit_hash, t.audit_sequence + 1, $2, $3, $4, $5, $6)
    WHERE t.name = $1
    RETURNING t.audit_sequence, t.audit_previous, t.audit_hash
  )
  INSERT INTO selfheal.audit (tenant, sequence, at, actor, what, subject, text, previous_hash, hash)
  SELECT $1, audit_sequence, $2, $3, $4, $5, $6, audit_previous, audit_hash FROM head
  RETURNING sequence
$$;

-- Takes away the entries before the first one of `kept_from` or later, and remembers where the chain now begins.
CREATE FUNCTION selfheal.forget_audit(of_tenant text, kept_from timestamptz) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
  last_gone selfheal.audit;
BEGIN
  PERFORM FROM selfheal.tenant WHERE name = of_tenant FOR UPDATE;
  SELECT * INTO last_gone FROM selfheal.audit a
  WHERE a.tenant = of_tenant
    AND a.sequence < (SELECT coalesce(min(k.sequence), 0) FROM selfheal.audit k
                      WHERE k.tenant = of_tenant AND k.at >= kept_from)
  ORDER BY a.sequence DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  UPDATE selfheal.tenant
  SET audit_anchor_sequence = last_gone.sequence, audit_anchor_hash = last_gone.hash
  WHERE name = of_tenant;
  -- Not as the function's own SET clause: that needs a superuser for a parameter nobody has declared.
  PERFORM set_config('selfheal.retention', 'on', true);
  DELETE FROM selfheal.audit WHERE tenant = of_tenant AND sequence <= last_gone.sequence;
  PERFORM set_config('selfheal.retention', 'off', true);
  RETURN last_gone.sequence;
END
$$;

CREATE FUNCTION selfheal.audit_only_grows() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('selfheal.retention', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit trail only grows' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON selfheal.audit
  FOR EACH ROW EXECUTE FUNCTION selfheal.audit_only_grows();
CREATE TRIGGER audit_is_not_truncated BEFORE TRUNCATE ON selfheal.audit
  FOR EACH STATEMENT EXECUTE FUNCTION selfheal.audit_only_grows();
