"""What proofs stand on: a private watched PostgreSQL, `selfheal serve` beside it, sessions, and the API.

Everything lives in one directory below /tmp and runs as an unprivileged account. What a Rig started it ends, each
process by its own pid, also after Ctrl-C, SIGTERM or a failed proof.

    with Rig(policy="auto") as rig:
        rig.selfheal.start()
        print(rig.selfheal.get("/api/v1/incidents"))

Environment: SELFHEAL_PROGRAM is the program under test (build/release/src/selfheal without it), PROVE_KEEP keeps the
directory.
"""
import contextlib
import http.client
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
START_S = 60
STOP_S = 30
TICKS_PER_S = os.sysconf("SC_CLK_TCK")

# What `selfheal doctor` asks for, and room for many sessions.
SETTINGS = {
    "autovacuum_naptime": "5s", "deadlock_timeout": "200ms", "lc_messages": "C", "listen_addresses": "",
    "log_destination": "jsonlog", "log_directory": "log", "log_error_verbosity": "verbose", "log_lock_waits": "on",
    "log_min_error_statement": "error", "log_min_messages": "warning", "log_timezone": "UTC",
    "logging_collector": "on", "max_connections": "150", "shared_buffers": "128MB", "track_commit_timestamp": "on",
}

# What an administrator does once.
ROLES = [
    "CREATE ROLE shop_owner LOGIN",
    "CREATE ROLE app LOGIN",
    "CREATE ROLE backup LOGIN IN ROLE pg_read_all_data",
    "CREATE ROLE selfheal_observe LOGIN",
    "GRANT pg_monitor, pg_read_all_data TO selfheal_observe",
    "ALTER ROLE selfheal_observe SET default_transaction_read_only = on",
    "CREATE ROLE selfheal_act LOGIN CONNECTION LIMIT 4",
    "GRANT pg_monitor, pg_signal_backend, pg_read_all_data, shop_owner TO selfheal_act",
    "CREATE DATABASE shop OWNER shop_owner",
]
GRANTS = [
    "GRANT ALL ON SCHEMA public TO shop_owner",
    "GRANT USAGE ON SCHEMA public TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT USAGE ON SEQUENCES TO selfheal_act",
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner GRANT USAGE ON SEQUENCES TO app",
]


class Failed(Exception):
    """A rig that does not come up, or a program that does not do what a proof needs."""


def say(text):
    """Progress is for people, on standard error; standard output holds the figures."""
    print(text, file=sys.stderr, flush=True)


def program():
    path = os.environ.get("SELFHEAL_PROGRAM") or TOP / "build/release/src/selfheal"
    if not os.access(path, os.X_OK):
        raise Failed(f"{path} is missing: `make build` makes it, SELFHEAL_PROGRAM names another")
    return str(path)


def wait_until(holds, what, seconds=START_S, pause=0.05):
    """The first true answer of `holds()`. `what` is a text, or a function that makes it when it did not come true."""
    end = time.monotonic() + seconds
    while True:
        answer = holds()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"not within {seconds:g} s: {what() if callable(what) else what}")
        time.sleep(pause)


def cpu_s(pid):
    """User and system time of a process, in seconds; None when it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def children_of(pid):
    try:
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Account:
    """Who runs the processes: ourselves, or an unprivileged account when we are root."""

    def __init__(self):
        self.name = pwd.getpwuid(os.geteuid()).pw_name
        self.as_user = {}
        if os.geteuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.name = next((name for name in ("selfheal", "postgres") if name in names), None)
            if self.name is None:
                raise Failed("PostgreSQL does not run as root, and there is no account selfheal or postgres")
            self.as_user = {"user": self.name, "group": pwd.getpwnam(self.name).pw_gid, "extra_groups": []}

    def start(self, command, **options):
        """Starts a program of its own session, so that Ctrl-C reaches only the proof, which then ends it."""
        return subprocess.Popen([str(part) for part in command], start_new_session=True, **self.as_user, **options)

    def run(self, command, **options):
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **self.as_user, **options)
        if done.returncode != 0:
            raise Failed(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        return done.stdout


def end(process, first=signal.SIGTERM, seconds=STOP_S):
    """Ends a process that we started; True when it went at the first signal."""
    if process.poll() is not None:
        return True
    process.send_signal(first)
    try:
        process.wait(seconds)
        return True
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False


class Session:
    """One psql that stays connected. `run` waits for the answer, `send` does not."""

    def __init__(self, rig, role, application):
        self.process = rig.account.start(
            [POSTGRES / "psql", "-XqAt", "-v", "VERBOSITY=sqlstate", rig.watched.conninfo(role, application)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        rig.at_end(self.close)
        self.marks = 0
        self.pid = int(self.run("SELECT pg_backend_pid()")[0])

    def send(self, sql):
        self.write(sql.rstrip("; \n") + ";\n")

    def write(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def run(self, sql):
        """The lines psql printed; an error is a line such as `ERROR:  55P03`."""
        self.marks += 1
        with contextlib.suppress(BrokenPipeError):  # psql ends with its connection; it has said so
            self.send(sql)
            self.write(f"\\echo end of {self.marks}\n")
        lines = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                return lines + ["FATAL"]
            if line == f"end of {self.marks}\n":
                return lines
            lines.append(line.rstrip("\n"))

    def close(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        end(self.process, seconds=2)


class Cluster:
    """A PostgreSQL 15 that applications use; reached by a unix socket, any role without a password."""

    def __init__(self, account, directory, settings):
        self.account = account
        self.directory = directory
        self.data = directory / "data"
        account.run([POSTGRES / "initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                     "--locale=C", "--no-sync"], cwd=directory)
        with open(self.data / "postgresql.conf", "a") as file:
            for name, value in {**SETTINGS, **settings, "unix_socket_directories": str(directory)}.items():
                file.write(f"{name} = '{value}'\n")
        self.process = None

    def start(self):
        with open(self.directory / "server.out", "a") as out:
            self.process = self.account.start([POSTGRES / "postgres", "-D", self.data], cwd=self.directory,
                                              stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        ready = [POSTGRES / "pg_isready", "-q", "-h", self.directory]
        wait_until(lambda: subprocess.run(ready).returncode == 0, "the watched PostgreSQL answers")

    def stop(self, how=signal.SIGINT):
        if self.process is not None and not end(self.process, how):
            raise Failed("the watched PostgreSQL had to be killed")

    def conninfo(self, role, application="psql", database="shop"):
        return f"host={self.directory} dbname={database} user={role} application_name='{application}'"

    def sql(self, text, role="postgres", database="shop"):
        """Rows as lists of texts."""
        printed = self.account.run([POSTGRES / "psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", text,
                                    self.conninfo(role, "rig", database)], cwd=self.directory)
        return [line.split("\t") for line in printed.splitlines()]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Selfheal:
    """`selfheal serve` with a state directory of its own, watching the cluster as `shop`."""

    def __init__(self, account, directory, configuration):
        self.account = account
        self.directory = directory
        self.state = directory / "selfheal"
        self.file = directory / "selfheal.toml"
        self.log = directory / "selfheal.log"
        self.file.write_text(configuration)
        self.environment = {"PATH": "/usr/bin:/bin", "HOME": str(directory)}
        self.listen = "127.0.0.1:0"
        self.process = None

    def start(self, wait=True):
        with open(self.log, "a") as log:
            self.process = self.account.start(
                [program(), "serve", "--config", self.file, "--state-directory", self.state, "--listen", self.listen],
                cwd=self.directory, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            wait_until(self.is_watching, lambda: f"Selfheal watches the server\n{self.last_words()}")

    def is_watching(self):
        if self.process.poll() is not None:
            raise Failed(f"selfheal serve ended with {self.process.returncode}\n{self.last_words()}")
        try:
            server = self.get("/api/v1/databases/shop")
        except (OSError, http.client.HTTPException, Failed):
            return False
        return server["state"] == "up" and server["can_act"] and server["can_observe"] and not server["log_why"]

    def last_words(self):
        return self.log.read_text()[-1500:] if self.log.exists() else ""

    def stop(self, first=signal.SIGTERM):
        """Ends it, and the PostgreSQL of its store when it was left behind."""
        if self.process is None:
            return
        went = end(self.process, first)
        store = self.store_pid()
        if store is not None:
            os.kill(store, signal.SIGINT)
            wait_until(lambda: self.store_pid() is None, "the store's PostgreSQL ends", STOP_S)
        if not went:
            raise Failed("selfheal serve did not end at SIGTERM and was killed")

    def store_pid(self):
        """The postmaster of the store, while it runs."""
        data = self.state / "store/data"
        try:
            pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
            return pid if os.readlink(f"/proc/{pid}/cwd") == str(data) else None
        except (OSError, ValueError):
            return None

    def call(self, method, path, body=None, timeout=10):
        """Status and decoded answer."""
        connection = UnixConnection(self.state / "api.sock", timeout)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text else None

    def get(self, path):
        status, answer = self.call("GET", path)
        if status != 200:
            raise Failed(f"GET {path} was answered {status}")
        return answer

    def incidents(self):
        """All of them, oldest first, without what only a single incident shows."""
        items, cursor = [], ""
        while True:
            page = self.get("/api/v1/incidents?limit=200" + (f"&cursor={cursor}" if cursor else ""))
            items += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return items[::-1]


def configuration_of(watched, policy, thresholds):
    """What is not said here is as shipped."""
    lines = ["[policy]", f'default = "{policy}"'] if policy else []
    if thresholds:
        lines += ["[thresholds]"] + [f'"{name}" = {value}' for name, value in thresholds.items()]
    url, act_url = (watched.conninfo(role).partition(" application_name")[0]
                    for role in ("selfheal_observe", "selfheal_act"))
    return "\n".join(lines + ["[[database]]", 'name = "shop"', f'url = "{url}"', f'act_url = "{act_url}"', ""])


class Rig:
    def __init__(self, policy=None, thresholds=None, settings=None):
        self.arguments = policy, thresholds or {}, settings or {}
        self.endings = contextlib.ExitStack()
        self.lock = threading.Lock()

    def at_end(self, ending):
        """Endings run in reverse order, each whatever the others did. From any thread."""
        with self.lock:
            self.endings.callback(ending)

    def __enter__(self):
        # SIGTERM, as ctest and make send it, unwinds like Ctrl-C.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        try:
            self.open()
        except BaseException:
            self.endings.close()
            raise
        return self

    def __exit__(self, *failure):
        return self.endings.__exit__(*failure)

    def open(self):
        policy, thresholds, settings = self.arguments
        self.account = Account()
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="selfheal-prove-", dir="/tmp"))
        if "PROVE_KEEP" in os.environ:
            self.at_end(lambda: say(f"kept {self.directory}"))
        else:
            self.at_end(lambda: shutil.rmtree(self.directory, ignore_errors=True))
        watched = self.directory / "watched"
        watched.mkdir()
        for path in (self.directory, watched):
            shutil.chown(path, self.account.name)
        self.watched = Cluster(self.account, watched, settings)
        self.at_end(self.watched.stop)
        self.watched.start()
        for statement in ROLES:
            self.watched.sql(statement, database="postgres")
        for statement in GRANTS:
            self.watched.sql(statement)
        self.selfheal = Selfheal(self.account, self.directory, configuration_of(self.watched, policy, thresholds))
        self.at_end(self.selfheal.stop)

    def session(self, role="app", application="psql"):
        return Session(self, role, application)


def main(proof):
    """Runs a proof that returns what was missed, as sentences; ends with 1 when there are any."""
    try:
        missed = proof()
    except Failed as failure:
        missed = [str(failure)]
    except KeyboardInterrupt:
        missed = ["interrupted"]
    for sentence in missed:
        say(f"MISSED: {sentence}")
    sys.exit(1 if missed else 0)
