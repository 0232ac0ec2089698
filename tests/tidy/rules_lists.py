"""Lists are explicit, sorted and complete (docs/style.md 5, 21, 48, 51)."""
import re

from tree import TEST_SUFFIX


def marked_lists(lines):
    """The entries of each list below a line `// sorted`, as [(line number, key)]."""
    for number, line in enumerate(lines, 1):
        if not re.fullmatch(r"\s*(//|#) sorted\b.*", line):
            continue
        rest = lines[number:]
        at = number + 1
        if rest and rest[0].rstrip().endswith(("{", "[", "(")):
            rest, at = rest[1:], at + 1
        indent = len(rest[0]) - len(rest[0].lstrip()) if rest else 0
        entries = []
        for offset, entry in enumerate(rest):
            if not entry.strip() or entry.strip()[0] in "}])":
                break
            if len(entry) - len(entry.lstrip()) == indent and not entry.strip().startswith(("//", "#")):
                quoted = re.search(r'"((?:\\.|[^"\\])*)"', entry)
                entries.append((at + offset, quoted.group(1) if quoted else entry.strip(" {&,;")))
        yield number, entries


def marked_lists_are_sorted(tree):
    for path in tree.cpp("src", "tests"):
        for line, entries in marked_lists(tree.lines(path)):
            if not entries:
                yield path, line, "marked as sorted, but no list follows"
            for (_, before), (number, key) in zip(entries, entries[1:]):
                if key <= before:
                    yield path, number, f"'{key}' stands behind '{before}' in a sorted list" if key < before \
                        else f"'{key}' stands twice"


def catalogues_are_sorted(tree):
    for path in tree.matching(r"src/.*/catalogue\.cpp"):
        if not any(True for _ in marked_lists(tree.lines(path))):
            yield path, 1, "a catalogue marks its list with `// sorted`"


def sql_head(lines):
    head = []
    for line in lines:
        if not line.startswith("--"):
            break
        head.append(line)
    return head


def sql_opens_with_what_it_answers(tree):
    for path in tree.matching(r"src/healing/evidence/.*\.sql"):
        head = sql_head(tree.lines(path))
        if not head or not re.match(r"-- \w.{10,}", head[0]) or re.match(r"-- (needs|since|rows):", head[0]):
            yield path, 1, "a probe opens with a comment line that says what it answers"
        for key, value in (("needs", r"\S.*"), ("since", r"\d+"), ("rows", r"\d+")):
            if not any(re.fullmatch(rf"-- {key}: *{value}", line) for line in head):
                yield path, 1, f"the head of a probe has a line `-- {key}:`"


# As a condition, as a column that is written, or handed to a function of our schema.
TENANT_FIRST = re.compile(r"\btenant\b[^;]*\$1\b|\$1\b[^;\n]*\btenant\b|\bselfheal\.\w+\(\$1\b")


def store_queries_name_their_tenant(tree):
    for path in tree.matching(r"src/store/queries/.*\.sql"):
        text = tree.text(path)
        head = sql_head(tree.lines(path))
        if not head:
            yield path, 1, "a query opens with a comment line that says what it answers"
        if "-- scope: system" not in head and not TENANT_FIRST.search(text):
            yield path, 1, "a store query takes the tenant as $1, or its head says `-- scope: system`"


PLAYBOOK = re.compile(r"^(extern )?const Playbook \w+( =)?[ {(]", re.MULTILINE)


def playbooks(tree):
    for path in tree.matching(r"src/healing/playbooks/[^/]+\.cpp"):
        if not TEST_SUFFIX.search(path) and PLAYBOOK.search(tree.code(path)):
            yield path


def playbooks_have_a_scenario_and_a_line(tree):
    catalogue = "src/healing/playbooks/catalogue.cpp"
    listed = tree.code(catalogue) if tree.exists(catalogue) else ""
    names = set()
    for path in playbooks(tree):
        name = path.rsplit("/", 1)[1][:-len(".cpp")]
        names.add(name)
        scenario = path[:-len(".cpp")] + ".scenario"
        if not tree.exists(scenario):
            yield path, 1, f"{name}.scenario is missing: the trouble, and a decoy that looks like it"
        else:
            for word in ("trouble", "decoy"):
                if not re.search(rf"\b{word}\b", tree.text(scenario)):
                    yield scenario, 1, f"a scenario has a {word}"
        if not re.search(rf"\b{name}\b", listed):
            yield path, 1, f"{name} has no line in {catalogue}"
    for path in tree.matching(r"src/healing/playbooks/[^/]+\.scenario"):
        if path.rsplit("/", 1)[1][:-len(".scenario")] not in names:
            yield path, 1, "a scenario without its playbook"


def scenarios_share_no_table(tree):
    """The demonstration plays all of them on one server."""
    owners = {}
    for path in tree.matching(r"src/healing/playbooks/[^/]+\.scenario"):
        for line, text in enumerate(tree.lines(path), 1):
            for table in re.findall(r"^CREATE TABLE (\S+)", text):
                if owners.setdefault(table, path) != path:
                    yield path, line, f"table {table} is also made by {owners[table]}"


def every_test_is_registered(tree):
    if tree.compiled is None:
        return
    for path in tree.matching(r"(src|tests)/.*_(test|pgtest|fuzz|bench)\.cpp"):
        if path not in tree.compiled:
            yield path, 1, "no program of the build contains this test"
        elif not path.endswith("_bench.cpp") and not tree.compiled[path]:
            yield path, 1, "ctest runs no program that contains this test"


def with_build(texts, compiled):
    return {"texts": texts, "compiled": compiled}


QUERIES = "src/store/queries/a.sql"
PROBE = "src/healing/evidence/a.sql"
BOOK = "src/healing/playbooks/quiet.cpp"
CATALOGUE = {"src/healing/playbooks/catalogue.cpp": "// sorted\n&quiet,\n"}
DEFINED = "extern const Playbook quiet = {\n};\n"

CASES = {
    marked_lists_are_sorted: (
        [{"src/a.cpp": '// sorted\nconst Row kRows[] = {\n    {"b", 1},\n    {"a", 2},\n};\n'},
         {"src/a.cpp": "// sorted\nstatic const X* const kAll[] = {\n    &b,\n    &b,\n};\n"},
         {"src/a.cpp": "// sorted\n\n"}],
        [{"src/a.cpp": '// sorted\nconst Row kRows[] = {\n    {"a",\n     "z"},\n    // A reason.\n    {"b", 1},\n};\n'}]),
    catalogues_are_sorted: (
        [{"src/healing/playbooks/catalogue.cpp": "&quiet,\n"}], [CATALOGUE]),
    sql_opens_with_what_it_answers: (
        [{PROBE: "SELECT 1;\n"}, {PROBE: "-- needs: x\n-- since: 13\n-- rows: 1\nSELECT 1;\n"},
         {PROBE: "-- Who waits for whom.\n-- needs: x\n-- since: 13\nSELECT 1;\n"},
         {PROBE: "-- Who waits for whom.\n-- needs: x\n-- since: 13\n-- rows: many\nSELECT 1;\n"}],
        [{PROBE: "-- Who waits for whom.\n-- needs: x\n-- since: 13\n-- rows: 10\nSELECT 1;\n"}]),
    store_queries_name_their_tenant: (
        [{QUERIES: "-- Reads all.\nSELECT 1;\n"}, {QUERIES: "SELECT 1 WHERE tenant = $1;\n"},
         {QUERIES: "-- Reads one.\nSELECT 1 WHERE name = $1;\n"}],
        [{QUERIES: "-- Reads one.\nSELECT 1 WHERE tenant = $1;\n"},
         {QUERIES: "-- Writes one.\nINSERT INTO a (tenant, b)\nVALUES ($1, $2);\n"},
         {QUERIES: "-- Writes one.\nSELECT selfheal.append($1::text, $2);\n"},
         {QUERIES: "-- Reads all.\n-- scope: system\nSELECT 1;\n"}]),
    playbooks_have_a_scenario_and_a_line: (
        [{BOOK: DEFINED, **CATALOGUE}, {BOOK: DEFINED, "src/healing/playbooks/quiet.scenario": "trouble decoy"},
         {BOOK: DEFINED, "src/healing/playbooks/quiet.scenario": "trouble", **CATALOGUE},
         {"src/healing/playbooks/lost.scenario": "trouble decoy"}],
        [{BOOK: DEFINED, "src/healing/playbooks/quiet.scenario": "trouble\ndecoy\n", **CATALOGUE},
         {"src/healing/playbooks/playbook.cpp": "const Playbook* find() {}\n"}]),
    scenarios_share_no_table: (
        [{"src/healing/playbooks/a.scenario": "CREATE TABLE t (id int);\n",
          "src/healing/playbooks/b.scenario": "x\nCREATE TABLE t (id int);\n"}],
        [{"src/healing/playbooks/a.scenario": "CREATE TABLE t (id int);\n",
          "src/healing/playbooks/b.scenario": "CREATE TABLE u (id int);\n"}]),
    every_test_is_registered: (
        [with_build({"src/pg/a_test.cpp": ""}, {}), with_build({"src/pg/a_test.cpp": ""}, {"src/pg/a_test.cpp": set()})],
        [with_build({"src/pg/a_test.cpp": ""}, {"src/pg/a_test.cpp": {"pg_test"}}),
         with_build({"src/pg/a_bench.cpp": ""}, {"src/pg/a_bench.cpp": set()})]),
}
