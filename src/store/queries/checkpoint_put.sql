-- Remembers where reading of a server's log stands.
INSERT INTO selfheal.log_checkpoint (tenant, server, device, inode, head_hash, head_bytes, read_offset, file_name,
                                     file_time, stored_at)
VALUES ($1::text, $2::text, $3::numeric, $4::numeric, $5::text, $6::bigint, $7::numeric, $8::text, $9::timestamptz,
        $10::timestamptz)
ON CONFLICT (tenant, server) DO UPDATE
SET device = excluded.device, inode = excluded.inode, head_hash = excluded.head_hash,
    head_bytes = excluded.head_bytes, read_offset = excluded.read_offset, file_name = excluded.file_name,
    file_time = excluded.file_time, stored_at = excluded.stored_at;
