-- Sightings in the order in which they were filed: who reads them on, as error_logs does, remembers one number. The
-- row lock on the tenant puts filings in order, so that a smaller number never appears behind a greater one.
CREATE SEQUENCE selfheal.sighting_number;
ALTER TABLE selfheal.sighting ADD COLUMN number bigint NOT NULL DEFAULT nextval('selfheal.sighting_number');
CREATE INDEX sighting_in_order ON selfheal.sighting (tenant, server, number);
