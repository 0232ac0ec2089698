"""The tree the house rules look at, and C++ text as they read it."""
import functools
import os
import pathlib
import re

SKIPPED_FOLDERS = {".git", "build", ".cache", "node_modules", "dist"}
TEST_SUFFIX = re.compile(r"_(test|pgtest|fuzz|bench)\.cpp$")


class Tree:
    """Files by their path from the top, with `/`; read when first asked for, or given as text by a self-test."""

    def __init__(self, top=None, texts=None, compiled=None):
        self._top = pathlib.Path(top) if top else None
        self._texts = dict(texts or {})
        # What the build compiles and ctest runs: source -> names of the programs it goes into that ctest knows.
        self.compiled = compiled
        self.paths = sorted(set(self._texts) | set(self._walk()))

    def _walk(self):
        if not self._top:
            return
        for folder, names, files in os.walk(self._top):
            names[:] = [n for n in names if n not in SKIPPED_FOLDERS]
            for file in files:
                yield os.path.relpath(os.path.join(folder, file), self._top)

    def text(self, path):
        if path not in self._texts:
            self._texts[path] = (self._top / path).read_text(encoding="utf-8", errors="replace")
        return self._texts[path]

    def lines(self, path):
        return self.text(path).splitlines()

    def exists(self, path):
        """A file, or a folder with at least one file."""
        path = path.rstrip("/")
        return path in self.paths or any(p.startswith(path + "/") for p in self.paths)

    def matching(self, *patterns):
        """Paths that match one of the regular expressions from their start to their end."""
        return [p for p in self.paths if any(re.fullmatch(pattern, p) for pattern in patterns)]

    def cpp(self, *folders):
        """C++ files under these top folders."""
        return [p for p in self.paths if p.startswith(tuple(f + "/" for f in folders)) and p.endswith((".cpp", ".h"))]

    @functools.cache
    def code(self, path):
        return code_only(self.text(path))

    def code_lines(self, path):
        """(number, line) without comments and without what stands in strings."""
        return list(enumerate(self.code(path).splitlines(), 1))


LEXEME = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\"]{0,16})\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL)


def code_only(text):
    """Comments and the insides of literals blanked out, line breaks kept; quoted includes keep their path."""

    def blank(match):
        found = match.group()
        breaks = "\n" * found.count("\n")
        if found.startswith("/"):
            return " " + breaks
        if found.startswith("R"):
            return '""' + breaks
        line_start = text.rfind("\n", 0, match.start()) + 1
        if re.fullmatch(r"\s*#\s*(include|embed)\s*", text[line_start:match.start()]):
            return found
        return found[0] + found[-1]

    return LEXEME.sub(blank, text)


INCLUDE = re.compile(r'^\s*#\s*include\s*(?P<form>["<])(?P<path>[^">]+)[">]')


def includes(tree, path):
    """(line number, "<" or '"', included path) for every #include of the file."""
    found = []
    for number, line in tree.code_lines(path):
        match = INCLUDE.match(line)
        if match:
            found.append((number, match["form"], match["path"]))
    return found


class Layers:
    """src/layers.txt: which folder may include which."""

    def __init__(self, text):
        self.allowed = {}
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                folder, _, names = line.partition(":")
                self.allowed[folder.strip()] = names.split()

    def folder_of(self, path):
        """The folder a path below src/ belongs to: the longest that layers.txt names."""
        parts = path.split("/")[:-1]
        for length in range(len(parts), 0, -1):
            folder = "/".join(parts[:length])
            if folder in self.allowed:
                return folder
        return None

    def may_include(self, folder, header):
        other = self.folder_of(header)
        names = self.allowed[folder]
        return other == folder or "*" in names or other in names or header in names
