-- What the day of $2 used up, for all purposes.
SELECT coalesce(sum(prompt_tokens), 0)::bigint AS prompt_tokens,
       coalesce(sum(completion_tokens), 0)::bigint AS completion_tokens,
       coalesce(sum(cost), 0)::float8 AS cost
FROM selfheal.model_usage
WHERE tenant = $1::text AND day = ($2::timestamptz AT TIME ZONE 'UTC')::date;
