"""A PostgreSQL log as a busy application leaves it, in all three formats, written by a real server.

    with Rig(settings=SETTINGS) as rig:
        write_log(rig, statements=700_000, seed=1)
        rig.watched.data / "log"       holds server.log, server.csv and server.json

Nearly every statement is distinct by its values. A third of them fail, for some thirty reasons; the others are logged
with their duration, a part of them over several lines. Beside that: waits for locks, deadlocks, temporary files,
checkpoints, autovacuum, connections that come, go and are refused.
"""
import random
import subprocess
import threading

from rig import POSTGRES, Failed, say

# Debian's default; pgBadger is told it in these words.
LOG_LINE_PREFIX = "%m [%p] %q%u@%d "
SETTINGS = {
    "log_destination": "stderr,csvlog,jsonlog", "log_filename": "server.log", "log_rotation_age": "0",
    "log_rotation_size": "0", "log_line_prefix": LOG_LINE_PREFIX, "log_error_verbosity": "default",
    "log_min_duration_statement": "0", "log_connections": "on", "log_disconnections": "on", "log_checkpoints": "on",
    "log_autovacuum_min_duration": "0", "log_temp_files": "0", "work_mem": "64kB", "autovacuum_naptime": "1s",
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "1GB",
}
SCHEMA = """
CREATE TABLE customer (id bigint PRIMARY KEY, name varchar(20) NOT NULL, email text UNIQUE, born date);
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint NOT NULL REFERENCES customer, amount numeric(8,2)
    CONSTRAINT orders_amount_positive CHECK (amount > 0), state text DEFAULT 'new', made timestamptz DEFAULT now());
CREATE TABLE item (orders bigint REFERENCES orders, position smallint, product integer, PRIMARY KEY (orders, position));
CREATE TABLE secret (id integer);
CREATE FUNCTION book(account integer) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  IF account % 2 = 0 THEN RAISE EXCEPTION 'account % is closed', account USING HINT = 'Open it.'; END IF;
  RETURN 100 / (account % 3);
END $$;
INSERT INTO customer SELECT n, 'customer ' || n, n || '@example.org' FROM generate_series(1, 2000) n;
INSERT INTO orders SELECT n, 1 + n % 2000, 5 FROM generate_series(1, 5000) n;
GRANT ALL ON customer, orders, item TO app;
REVOKE ALL ON secret FROM app;
"""
SESSIONS = 3

# What an application sends: {n} a number that is not in the tables, {k} one that is, {s} a small one, {w} a word.
WORKING = [
    "SELECT id, name, email FROM customer WHERE id = {n};",
    "SELECT count(*) FROM orders WHERE customer = {n} AND state = '{w}';",
    "INSERT INTO customer (id, name) VALUES ({n}, '{w}') ON CONFLICT (id) DO NOTHING;",
    "UPDATE customer SET email = '{w}{n}@example.org' WHERE id = {k};",
    "DELETE FROM item WHERE orders = {n} AND position IN ({s}, {s}, {s});",
    "SELECT o.id,\n       o.amount\n  FROM orders o\n  JOIN customer c ON c.id = o.customer\n"
    " WHERE c.id = {k}\n   AND o.state <> '{w}'\n LIMIT {s};",
    "/* web: {w} */ SELECT name FROM customer WHERE id = {n} OR email = '{w}''s';",
    "SELECT coalesce(max(amount), 0.{s}) FROM orders WHERE id BETWEEN {n} AND {n} + 10;",
]
FAILING = [
    "INSERT INTO customer (id, name) VALUES ({k}, '{w}');",
    "INSERT INTO customer (id, name, email) VALUES ({n}, '{w}', '{k}@example.org');",
    "INSERT INTO orders (id, customer, amount) VALUES ({n}, {n}, {s}.50);",
    "INSERT INTO orders (id, customer, amount)\nVALUES ({n},\n        {k},\n        -{s});",
    "INSERT INTO customer (id, name) VALUES ({n}, NULL);",
    "INSERT INTO customer (id, name) VALUES ({n}, '{w} {w} {w} {n}');",
    "UPDATE orders SET customer = NULL WHERE id = {k};",
    "DELETE FROM customer WHERE id = {k};",
    "SELECT * FROM customer WHERE id = '{w}{n}';",
    "SELECT * FROM customer WHERE born = '2026-13-{s}';",
    "SELECT {n} / (id - id) FROM customer;",
    "SELECT {n}::smallint;",
    "SELECT name FROM customers WHERE id = {n};",
    "SELECT surname FROM customer WHERE id = {n};",
    "SELECT c.id FROM customer WHERE name = '{w}';",
    "SELECT id, FROM customer WHERE id = {n};",
    "SELECT * FROM customer WHERE name = '{w}' AND WHERE id = {n};",
    "SELECT nextval('{w}_seq') FROM customer WHERE id = {k};",
    "SELECT total({n}, '{w}');",
    "SELECT * FROM secret WHERE id = {n};",
    "SELECT book({n} * 2);",
    "SELECT book({n} * 6 + 3);",
    "SELECT name, count(*) FROM customer WHERE id > {n};",
    "INSERT INTO item (orders, position) SELECT id, {s} FROM orders WHERE id = {k}\nUNION ALL\n"
    "SELECT id, {s} FROM orders WHERE id = {k} AND {n} > 0;",
    "SELECT '{w}{n}'::jsonb -> 'a';",
    "SELECT array[{s}, {n}]::integer[] || '{{{w}}}'::integer[];",
    "BEGIN; SELECT {n} / 0; SELECT 'after {w} {n}'; ROLLBACK;",
    "SET statement_timeout = 1; SELECT pg_sleep(0.0{s}1), {n}; RESET statement_timeout;",
    "SELECT to_timestamp('{w}', 'YYYY-MM-DD'), {n};",
    "LOCK TABLE secret IN ACCESS SHARE MODE;",
]
WORDS = ["ash", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "willow"]
SHARE_FAILING = 0.33


def statement(chance, templates):
    values = {"n": chance.randrange(10_000, 1 << 30), "k": chance.randrange(1, 2000), "s": chance.randrange(1, 9),
              "w": chance.choice(WORDS)}
    return chance.choice(templates).format(**values)


def script(path, statements, seed):
    chance = random.Random(seed)
    with open(path, "w") as file:
        for number in range(statements):
            file.write(statement(chance, FAILING if chance.random() < SHARE_FAILING else WORKING) + "\n")
            # Clients come and go.
            if number % 500 == 499:
                file.write("\\c\n")


class Unrest:
    """What needs several sessions: waits, deadlocks, refusals, and what the server does by itself."""

    def __init__(self, rig):
        self.rig = rig
        self.over = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.guarded)

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure

    def guarded(self):
        try:
            self.run()
        except (Failed, OSError) as failure:
            self.failure = failure

    def run(self):
        one, two, control = (self.rig.session(role, "unrest") for role in ("app", "app", "postgres"))
        while True:
            for session, first, second in ((one, 1, 2), (two, 2, 1)):
                session.run(f"BEGIN; UPDATE orders SET state = 'held' WHERE id = {first}")
            one.send("UPDATE orders SET state = 'waits' WHERE id = 2; ROLLBACK")
            two.run("UPDATE orders SET state = 'waits' WHERE id = 1; ROLLBACK")
            one.run("SELECT 1")
            control.run("SELECT count(*) FROM (SELECT n FROM generate_series(1, 30000) n ORDER BY n % 7, n) s")
            control.run("CHECKPOINT")
            for database, role in (("nowhere", "app"), ("shop", "nobody")):
                subprocess.run([POSTGRES / "psql", "-Xqc", "SELECT 1",
                                self.rig.watched.conninfo(role, "stranger", database)], capture_output=True)
            if self.over.wait(0.2):
                break
        for session in (one, two, control):
            session.close()


def write_log(rig, statements, seed):
    """Lets the server work and stops it; its log is complete then."""
    rig.watched.sql(SCHEMA)
    rig.watched.sql("ALTER TABLE item SET (autovacuum_vacuum_threshold = 50)")
    running = []
    for number in range(SESSIONS):
        path = rig.directory / f"session{number}.sql"
        script(path, statements // SESSIONS, seed * SESSIONS + number)
        path.chmod(0o644)
    say(f"{statements} statements in {SESSIONS} sessions …")
    with Unrest(rig):
        for number in range(SESSIONS):
            running.append(rig.account.start(
                [POSTGRES / "psql", "-Xq", "-o", "/dev/null", "-f", rig.directory / f"session{number}.sql",
                 rig.watched.conninfo("app", f"web-{number}")], cwd=rig.directory, stderr=subprocess.DEVNULL))
            rig.at_end(running[-1].kill)
        for process in running:
            if process.wait() not in (0, 3):
                raise Failed(f"psql ended with {process.returncode}")
    rig.watched.stop()
