-- Adds a call to what the day of $2 used up for purpose $3.
INSERT INTO selfheal.model_usage AS u (tenant, day, purpose, calls, prompt_tokens, completion_tokens, cost)
VALUES ($1::text, ($2::timestamptz AT TIME ZONE 'UTC')::date, $3::text, 1, $4::bigint, $5::bigint, $6::float8)
ON CONFLICT (tenant, day, purpose) DO UPDATE
SET calls = u.calls + 1,
    prompt_tokens = u.prompt_tokens + excluded.prompt_tokens,
    completion_tokens = u.completion_tokens + excluded.completion_tokens,
    cost = u.cost + excluded.cost;
