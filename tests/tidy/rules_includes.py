"""Who may include whom, and what a header may drag in (docs/style.md 2, 16, 18)."""
import re

from tree import Layers, includes


def layers_are_kept(tree):
    layers = Layers(tree.text("src/layers.txt"))
    for path in tree.cpp("src"):
        folder = layers.folder_of(path[len("src/"):])
        if folder is None:
            yield path, 1, "its folder has no line in src/layers.txt"
            continue
        for line, form, header in includes(tree, path):
            if form != '"':
                continue
            other = layers.folder_of(header)
            if other is None or not tree.exists("src/" + header):
                if not (header.startswith("support/") and re.search(r"_(pgtest|test|fuzz|bench)\.cpp$", path)):
                    yield path, line, f'"{header}" is no header of src/; a quoted include names it from there'
            elif not layers.may_include(folder, header):
                yield path, line, f"{folder} may not include {header} (src/layers.txt)"


def internal_headers_are_private(tree):
    for path in tree.cpp("src", "tests"):
        for line, form, header in includes(tree, path):
            if form == '"' and "/internal/" in header:
                owner = header.split("/internal/")[0]
                if not path.startswith(f"src/{owner}/"):
                    yield path, line, f"{header} is private to src/{owner}/"


LIGHT_ASIO = {"boost/asio/awaitable.hpp", "boost/asio/any_io_executor.hpp"}


def headers_stay_light(tree):
    for path in tree.cpp("src"):
        for line, _, header in includes(tree, path):
            if header.startswith("boost/beast") and not re.fullmatch(r"src/http/(internal/)?[^/]+\.cpp", path):
                yield path, line, "Beast is included by src/http/*.cpp only"
            elif (header.startswith("boost/asio") and path.endswith(".h") and "/internal/" not in path
                  and header not in LIGHT_ASIO):
                yield path, line, f"a public header includes of Asio only {' and '.join(sorted(LIGHT_ASIO))}"


def heavy_libraries_have_one_file(tree):
    for library, pattern in (("FAISS", r"faiss/.*"), ("libpg_query", r"pg_query(\.pb-c)?\.h")):
        users = {}
        for path in tree.cpp("src"):
            for line, _, header in includes(tree, path):
                if re.fullmatch(pattern, header):
                    users.setdefault(path, line)
        for number, (path, line) in enumerate(users.items()):
            if path.endswith(".h"):
                yield path, line, f"{library} is included by one .cpp file, never by a header"
            elif number > 0:
                yield path, line, f"{library} is included by one .cpp file, and {next(iter(users))} already does"


def headers_open_with_pragma_once(tree):
    for path in tree.cpp("src", "tests"):
        # The precompiled header is forced into every file by the build, never included.
        if path.endswith(".h") and not path.endswith("/internal/precompiled.h"):
            first = next((line for _, line in tree.code_lines(path) if line.strip()), "")
            if first.strip() != "#pragma once":
                yield path, 1, "a header opens with #pragma once"


def own_header_first(tree):
    for path in tree.cpp("src", "tests"):
        own = path[:-len(".cpp")] + ".h"
        if path.endswith(".cpp") and tree.exists(own):
            name = own.split("/", 1)[1]
            found = includes(tree, path)
            if not found or found[0][2] != name:
                yield path, found[0][0] if found else 1, f'the first include is "{name}"'


LAYERS = {"src/layers.txt": "base:\npg: base\nhttp: base\nhealing/remedies: base pg\n"
                            "healing: base pg healing/remedies\ntail: base\nstore: base tail/ports.h\nserver: *\n",
          "src/base/time.h": "#pragma once\n", "src/pg/redact.h": "#pragma once\n",
          "src/pg/internal/lexer.h": "#pragma once\n", "src/tail/ports.h": "#pragma once\n",
          "src/tail/reader.h": "#pragma once\n", "src/healing/remedies/remedy.h": "#pragma once\n",
          "src/healing/ports.h": "#pragma once\n"}


def file(path, *lines):
    return {**LAYERS, path: "\n".join(lines) + "\n"}


# Rule -> (trees that break it, trees that keep it).
CASES = {
    layers_are_kept: (
        [file("src/base/a.cpp", '#include "pg/redact.h"'),
         file("src/store/a.cpp", '#include "tail/reader.h"'),
         file("src/healing/remedies/a.cpp", '#include "healing/ports.h"'),
         file("src/pg/a.cpp", '#include "redact.h"'),
         file("src/pg/a.cpp", '#include "base/absent.h"'),
         file("src/unknown/a.cpp", "int x;")],
        [file("src/pg/a.cpp", '#include "pg/redact.h"', '#include "base/time.h"', "#include <vector>"),
         file("src/store/a.cpp", '#include "tail/ports.h"'),
         file("src/server/a.cpp", '#include "healing/ports.h"', '#include "tail/reader.h"'),
         file("src/healing/a.cpp", '#include "healing/remedies/remedy.h"'),
         file("src/pg/a_pgtest.cpp", '#include "support/database.h"'),
         file("src/base/a.cpp", '// #include "pg/redact.h"')]),
    internal_headers_are_private: (
        [file("src/server/a.cpp", '#include "pg/internal/lexer.h"'),
         file("tests/support/a.h", '#include "pg/internal/lexer.h"')],
        [file("src/pg/a.cpp", '#include "pg/internal/lexer.h"')]),
    headers_stay_light: (
        [file("src/http/server.h", "#include <boost/beast/http.hpp>"),
         file("src/pg/a.cpp", "#include <boost/beast/core.hpp>"),
         file("src/pg/a.h", "#include <boost/asio/steady_timer.hpp>")],
        [file("src/http/server.cpp", "#include <boost/beast/http.hpp>"),
         file("src/pg/a.h", "#include <boost/asio/awaitable.hpp>"),
         file("src/pg/internal/a.h", "#include <boost/asio/steady_timer.hpp>")]),
    heavy_libraries_have_one_file: (
        [file("src/pg/a.h", "#include <pg_query.h>"),
         {**file("src/pg/a.cpp", "#include <pg_query.h>"), "src/pg/b.cpp": "#include <pg_query.h>\n"}],
        [file("src/pg/a.cpp", "#include <pg_query.h>")]),
    headers_open_with_pragma_once: (
        [file("src/pg/a.h", "#include <vector>"), file("src/pg/a.h", "// Says something.", "int x;")],
        [file("src/pg/a.h", "// Says something.", "#pragma once")]),
    own_header_first: (
        [{**file("src/pg/a.cpp", "#include <vector>", '#include "pg/a.h"'), "src/pg/a.h": "#pragma once\n"},
         {**file("src/pg/a.cpp", "int x;"), "src/pg/a.h": "#pragma once\n"}],
        [{**file("src/pg/a.cpp", '#include "pg/a.h"', "#include <vector>"), "src/pg/a.h": "#pragma once\n"}]),
}
