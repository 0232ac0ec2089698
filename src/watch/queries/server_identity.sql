-- Which server this is, whatever it is called: the number that initdb gave it.
-- needs: EXECUTE on pg_control_system(), which everybody has by default
-- since: 13
-- rows: 1
SELECT system_identifier FROM pg_control_system();
