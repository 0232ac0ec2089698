"""Whether each error of the watched server's log is in Selfheal's store, once.

The log's side is every file of the server's log directory, read with nothing but JSON. The store's side is read in its
own PostgreSQL, as the account it belongs to.
"""
import collections
import json

from rig import POSTGRES, Failed

EVENT_LEVELS = {"ERROR", "FATAL", "PANIC"}


def log_lines(rig):
    """Each whole line of the server's jsonlog files. A killed server may leave a torn one, which is no event."""
    for path in sorted(rig.watched.data.glob("log*/*.json")):
        with open(path, "rb") as file:
            for line in file:
                try:
                    yield json.loads(line)
                except ValueError:
                    continue


def is_own(line):
    return line.get("application_name", "").startswith("selfheal")


def logged_lines(rig):
    """Each (session, line): a line that is no error, but matters, is an event too."""
    return {(line["session_id"], line["line_num"]) for line in log_lines(rig)}


def logged_events(rig):
    """How often each (session, line) is an error of somebody else; PostgreSQL numbers the lines of a session."""
    return collections.Counter((line["session_id"], line["line_num"]) for line in log_lines(rig)
                               if line["error_severity"] in EVENT_LEVELS and not is_own(line))


class Store:
    """Selfheal's own PostgreSQL, by its unix socket. To be made before Selfheal first starts: what was logged earlier is
    none of its business."""

    def __init__(self, rig):
        self.rig = rig
        self.earlier = logged_events(rig).keys()

    def conninfo(self):
        lines = (self.rig.selfheal.state / "store/data/postmaster.pid").read_text().split("\n")
        return f"host={lines[4]} port={lines[3]} dbname=postgres user={self.rig.account.name}"

    def rows(self, sql):
        printed = self.rig.account.run([POSTGRES / "psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql,
                                        self.conninfo()], cwd=self.rig.directory)
        return [line.split("\t") for line in printed.splitlines()]

    def number(self, sql):
        return int(self.rows(sql)[0][0])

    def logged_now(self):
        return logged_events(self.rig).keys() - self.earlier

    def filed_now(self):
        """Empty while the store cannot be asked."""
        try:
            return self.filed_events().keys()
        except (Failed, OSError):
            return set()

    def filed_events(self):
        return collections.Counter((session, int(line)) for session, line in self.rows(
            "SELECT session_id, line_number FROM selfheal.event_key WHERE intake = 'log'"))


class Balance:
    """Both sides compared, key by key, and the store's own sums."""

    def __init__(self, store):
        filed = store.filed_events()
        logged = collections.Counter({key: count for key, count in logged_events(store.rig).items() if key not in store.earlier})
        if max(logged.values(), default=1) > 1:
            raise Failed("PostgreSQL gave one line number to two lines: the log cannot be compared")
        self.logged = len(logged)
        self.lost = len(logged.keys() - filed.keys())
        unexplained = filed.keys() - logged.keys()
        self.invented = len(unexplained - logged_lines(store.rig)) if unexplained else 0
        self.twice = sum(1 for count in filed.values() if count > 1)
        # Beside the log the watch files what raises no error; all of it is counted in the sums.
        self.keys = store.number("SELECT count(*) FROM selfheal.event_key")
        self.counted = store.number("SELECT coalesce(sum(count), 0) FROM selfheal.sighting")
        self.in_incidents = store.number("SELECT coalesce(sum(events), 0) FROM selfheal.incident WHERE merged_into IS NULL")
        self.no_incident = store.number("SELECT coalesce(sum(count), 0) FROM selfheal.sighting WHERE incident IS NULL")

    def missed(self):
        sentences = []
        if self.lost:
            sentences.append(f"{self.lost} of {self.logged} errors of the log are not in the store")
        if self.invented:
            sentences.append(f"{self.invented} events in the store are not in the log")
        if self.twice:
            sentences.append(f"{self.twice} errors are in the store twice")
        if self.counted != self.keys:
            sentences.append(f"{self.keys} events were kept and {self.counted} counted in sightings")
        if self.in_incidents + self.no_incident != self.keys:
            sentences.append(f"{self.keys} events were kept; incidents count {self.in_incidents}, and {self.no_incident} "
                             "belong to none")
        return sentences
