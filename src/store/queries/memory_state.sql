-- Which state the tenant's cases are in.
SELECT memory_state, memory_forgotten FROM selfheal.tenant WHERE name = $1::text;
