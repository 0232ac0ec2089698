-- What was measured of watched servers. A row holds all measures at one moment, each at its place in the arrays (numbers
-- of src/health/measure_table.cpp, counted from 0; arrays from 1). `step` in seconds: 5 as sampled, 60 and 3600 summed
-- up; `least` and `most` are NULL where they are the mean.
CREATE TABLE selfheal.health_sample (
  tenant text NOT NULL REFERENCES selfheal.tenant,
  server text NOT NULL,
  step   integer NOT NULL,
  at     timestamptz NOT NULL,
  mean   real[] NOT NULL,
  least  real[],
  most   real[],
  PRIMARY KEY (tenant, server, step, at)
);
