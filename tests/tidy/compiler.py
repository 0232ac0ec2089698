"""How the build compiles, for checks that compile something themselves."""
import hashlib
import json
import pathlib
import re
import shlex
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
# Neither changes what is valid C++, both take time; the precompiled header would hide a missing include.
DROPPED = re.compile(r"-fsanitize.*|-fno-sanitize.*|-fno-pch-timestamp|-g.*|-O.*|-fprofile.*|-fcoverage.*|-Winvalid-pch")


def flags(build):
    """The flags with which the build compiles src/server, which may use every library, without those of code generation
    and precompiled headers."""
    entries = json.loads((pathlib.Path(build) / "compile_commands.json").read_text())
    entry = next(e for e in entries if e["file"].endswith("/src/server/main.cpp"))
    words = shlex.split(entry["command"])
    start = next(i for i, word in enumerate(words) if re.search(r"clang\+\+[^/]*$", word))
    kept = []
    rest = iter(words[start:])
    for word in rest:
        if word in ("-o", "-c", "-include", "-include-pch"):
            next(rest)
        elif word == "-Xclang":
            argument = next(rest)
            if argument in ("-include-pch", "-include"):
                next(rest), next(rest)
            elif not DROPPED.fullmatch(argument):
                kept += [word, argument]
        elif not DROPPED.fullmatch(word):
            kept.append(word)
    return kept


def syntax_check(command, path, *more):
    """(compiles, what the compiler said)."""
    done = subprocess.run([*command, *more, "-fsyntax-only", str(path)], capture_output=True, text=True, cwd=TOP)
    return done.returncode == 0, done.stderr


QUOTED = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def fingerprint(path, command):
    """Changes when the file, a header of the project below it, or a flag changes. Libraries are taken as given."""
    hashed = hashlib.sha256(" ".join(command).encode())
    seen, waiting = set(), [pathlib.Path(path)]
    while waiting:
        file = waiting.pop()
        if file in seen or not file.exists():
            continue
        seen.add(file)
        text = file.read_text(errors="replace")
        hashed.update(text.encode())
        waiting += [TOP / "src" / header for header in sorted(QUOTED.findall(text))]
    return hashed.hexdigest()
