"""The statements that Selfheal's sessions send by themselves, from its sources: what else a server's log holds of them
somebody made Selfheal say.
"""
import re

from rig import TOP

# What a session does around the one statement that it asks (src/watch/asking.cpp).
AROUND = [
    "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
    "SELECT set_config('search_path', 'pg_catalog, ' || coalesce(nullif(current_setting('search_path'), ''), 'public'), true)",
]
NAME = r'(?:[a-z_][a-z0-9_]*|"(?:[^"]|"")+")'
# What templates ask of a table that somebody named (src/assistant/internal/answers_data.cpp).
OF_TABLES = re.compile(rf"select (?:count\(\*\) as rows from {NAME}\.{NAME}|\* from {NAME}\.{NAME} limit \?)")


def shape(sql):
    """The statement without its comments, values and spacing."""
    lines = "\n".join(line for line in sql.split("\n") if not line.startswith("--"))
    text = re.sub(r"\s+", " ", lines).strip().rstrip(";").strip().lower()
    return re.sub(r":?'(?:[^']|'')*'|\$?\b\d+\b", "?", text)


class OwnStatements:
    def __init__(self, harmless):
        self.files = {shape(file.read_text()) for file in (TOP / "src").rglob("*.sql")}
        asked = [*AROUND, *harmless]
        for folder, names in (("watch/queries", ["ask_catalog.sql", "ask_reached.sql"]), ("assistant/queries", ["*.sql"])):
            for name in names:
                found = list((TOP / "src" / folder).glob(name))
                assert found, f"src/{folder}/{name} is gone"
                asked += [file.read_text() for file in found]
        self.asked = {shape(sql) for sql in asked}
        self.asked |= {shape("EXPLAIN (FORMAT JSON) " + sql) for sql in harmless}

    def may_ask(self, sql):
        """Whether a session that asks for a chat or for MCP sends this by itself, or was allowed to."""
        text = shape(sql)
        return text in self.asked or OF_TABLES.fullmatch(text) is not None
