-- Which replication slots there are, and whether somebody reads them.
-- needs: nothing
-- since: 13
-- rows: 20
SELECT slot_name AS slot, slot_type, active AS is_active, wal_status, safe_wal_size AS safe_wal_bytes
FROM pg_replication_slots ORDER BY 3, 1 LIMIT 20;
