-- What the sample application needs: a schema of its own with employees, departments and salaries. Run in its database
-- by the role that is to own them, after CREATE ROLE employees_web LOGIN. May be run again.
CREATE SCHEMA IF NOT EXISTS staff;
CREATE TABLE IF NOT EXISTS staff.departments (name text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS staff.employees (
  id bigserial PRIMARY KEY,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
  email text NOT NULL UNIQUE CHECK (char_length(email) BETWEEN 3 AND 254),
  department text NOT NULL REFERENCES staff.departments,
  is_founder boolean NOT NULL DEFAULT false
);
-- Newer than the others, and nobody remembered to grant it: what the button "Read a table without the right" runs into.
CREATE TABLE IF NOT EXISTS staff.salaries (employee_id bigint PRIMARY KEY, amount numeric NOT NULL);
INSERT INTO staff.departments VALUES ('Engineering'), ('Finance'), ('Sales'), ('Support') ON CONFLICT DO NOTHING;
-- Founders are never removed: the troubles need rows that are there.
INSERT INTO staff.employees (name, email, department, is_founder) VALUES
  ('Ada Lovelace', 'ada@example.com', 'Engineering', true),
  ('Grace Hopper', 'grace@example.com', 'Engineering', true),
  ('Edgar Codd', 'edgar@example.com', 'Finance', true),
  ('Katherine Johnson', 'katherine@example.com', 'Support', true),
  ('Alan Turing', 'alan@example.com', 'Sales', true)
ON CONFLICT DO NOTHING;
GRANT USAGE ON SCHEMA staff TO employees_web;
GRANT SELECT ON staff.departments TO employees_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff.employees TO employees_web;
GRANT USAGE ON SEQUENCE staff.employees_id_seq TO employees_web;
