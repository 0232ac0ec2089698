#!/usr/bin/env python3
"""check_case.py BUILD CASE.cpp: the case does not compile, for the reason it gives; its right use does.

A case opens with two lines, `// must not compile: <why>` and `// expect: <regular expression for the compiler's message>`,
and holds the right use under `#ifdef CONTROL`, so that it cannot fail for a typing error or a header that moved.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tidy"))

import compiler


def main(build, case):
    case = pathlib.Path(case)
    text = case.read_text()
    head = re.match(r"// must not compile: (.+)\n// expect: (.+)\n", text)
    if not head or "#ifdef CONTROL" not in text:
        print(__doc__)
        return 1
    command = compiler.flags(build)
    good, said = compiler.syntax_check(command, case, "-DCONTROL")
    if not good:
        print(f"the right use in {case.name} does not compile:\n{said}")
        return 1
    bad, said = compiler.syntax_check(command, case)
    if bad:
        print(f"{case.name} compiles, and must not: {head[1]}")
        return 1
    if not re.search(head[2], said):
        print(f"{case.name} fails for another reason than /{head[2]}/:\n{said}")
        return 1
    print(f"does not compile: {head[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
