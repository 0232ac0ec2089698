"""Documents that name files, targets or functions are checked against the tree (docs/style.md 57)."""
import re

PATH = re.compile(r"[\w.-]+(/[\w.*-]+)*/?")
ENDING = re.compile(r"\.(cpp|h|sql|txt|md|cmake|json|py|scenario|tsx?|toml)$")
FUNCTION = re.compile(r"([a-z_]+::)*([A-Za-z_]\w*)\(\)|([a-z_]+::)+([A-Za-z_]\w*)")
# Files that live on a user's machine, not here.
THEIRS = {"selfheal.toml"}


def backticked(lines):
    fenced = False
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            for word in re.findall(r"`([^`]+)`", line):
                yield number, word


def top_folders(tree):
    return {p.split("/")[0] for p in tree.paths if "/" in p}


def is_path(tree, word):
    if not PATH.fullmatch(word) or word.startswith(("*", "build/")) or word in THEIRS:
        return False
    if re.fullmatch(r"\.\w+", word):  # an ending alone
        return False
    return bool(ENDING.search(word)) or ("/" in word and word.split("/")[0] in top_folders(tree) | {"src"})


def stands_in(tree, word):
    pattern = re.escape(word.rstrip("/")).replace(r"\*", r"[^/]*")
    places = re.compile(rf"(src/|tests/|docs/|web/|src/.*/)?{pattern}(/.*)?")
    return any(places.fullmatch(p) for p in tree.paths)


def documents_name_what_exists(tree):
    code = "\n".join(tree.text(p) for p in tree.cpp("src", "tests"))
    known = set(re.findall(r"\w+", code))
    makefile = tree.text("Makefile") if tree.exists("Makefile") else ""
    targets = set(re.findall(r"^([a-z]+)(?=[ a-z-]*:)", makefile, re.MULTILINE))
    for path in tree.matching(r"docs/(?!decisions/).*\.md", r"README\.md"):
        for line, word in backticked(tree.lines(path)):
            if is_path(tree, word):
                if not stands_in(tree, word):
                    yield path, line, f"names the file `{word}`, which does not exist"
                continue
            make = re.fullmatch(r"make ([a-z]+)( .*)?", word)
            if make and make.group(1) not in targets:
                yield path, line, f"names `{word}`, which the Makefile does not know"
            match = FUNCTION.fullmatch(word)
            if match and (match.group(2) or match.group(4)) not in known and "std::" not in word:
                yield path, line, f"names `{word}`, which stands nowhere in the code"


STEP = re.compile(r"\| \d+ \|.*\| `(\w+)` \| `([\w/.]+)` \|")
LIFE = "docs/life_of_an_error.md"


def life_of_an_error_is_true(tree):
    """Each step's function stands in the file beside it, and no row is written in a way that escapes this check."""
    if not tree.exists(LIFE):
        return
    for line, text in enumerate(tree.lines(LIFE), 1):
        if not re.match(r"\| \d", text):
            continue
        step = STEP.fullmatch(text.strip())
        if not step:
            yield LIFE, line, "a step is written `| number | what | `function` | `file` |`"
        elif not tree.exists(step.group(2)) or not re.search(rf"\b{step.group(1)}\(", tree.text(step.group(2))):
            yield LIFE, line, f"`{step.group(1)}` does not stand in {step.group(2)}"


SOURCE = {"src/pg/redact.cpp": "RedactedText redact() {}\n", "Makefile": "demo: x\n"}

STEPS = "| # | step | function | file |\n| 1 | said | `redact` | `src/pg/redact.cpp` |\n"

CASES = {
    life_of_an_error_is_true: (
        [{LIFE: STEPS.replace("`redact`", "`heal`"), **SOURCE}, {LIFE: STEPS.replace("pg/redact", "pg/lost"), **SOURCE},
         {LIFE: STEPS.replace("`redact`", "redact"), **SOURCE}],
        [{LIFE: STEPS, **SOURCE}]),
    documents_name_what_exists: (
        [{"docs/a.md": "See `src/pg/lost.cpp`.\n", **SOURCE}, {"docs/a.md": "See `lost.h`.\n", **SOURCE},
         {"README.md": "Run `make lost`.\n", **SOURCE}, {"docs/a.md": "`pg::lost` and more.\n", **SOURCE},
         {"docs/a.md": "Call `lost()`.\n", **SOURCE}, {"docs/a.md": "In `src/lost/`.\n", **SOURCE}],
        [{"docs/a.md": "See `src/pg/redact.cpp`, `pg/redact.cpp`, `redact.cpp`, `src/pg/`, `src/*/redact.cpp`.\n"
                       "`pg::redact`, `redact()`, `make demo ARGS=x`, `*_table.cpp`, `.sql`, `std::move`.\n"
                       "```\n`src/lost.cpp`\n```\n", **SOURCE}]),
}
