#!/usr/bin/env python3
"""headers_alone.py BUILD: every header of src/ compiles by itself (docs/style.md 16).

Headers that passed are remembered in the build folder by their content, so that only changed ones are compiled again.
"""
import concurrent.futures
import os
import pathlib
import sys

sys.dont_write_bytecode = True

import compiler


def compiles_alone(command, header):
    # A header as the main file would be told off for its #pragma once.
    return compiler.syntax_check(command, "/dev/null", "-xc++", "-include", str(header))


def finds_a_header_that_does_not(command, build):
    planted = build / "needs_string.h"
    planted.write_text("#pragma once\nstd::string forgotten_include();\n")
    return not compiles_alone(command, planted)[0]


def main(build):
    command = compiler.flags(build)
    if not finds_a_header_that_does_not(command, build):
        print("a planted header without its include was not found")
        return 1
    memory = build / "headers_alone.passed"
    passed_before = set(memory.read_text().split()) if memory.exists() else set()
    headers = {h: compiler.fingerprint(h, command) for h in sorted((compiler.TOP / "src").rglob("*.h"))}
    waiting = [h for h, print_ in headers.items() if print_ not in passed_before]
    passed = passed_before & set(headers.values())
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        for header, (good, said) in zip(waiting, pool.map(lambda h: compiles_alone(command, h), waiting)):
            if good:
                passed.add(headers[header])
            else:
                failed += 1
                print(f"{header.relative_to(compiler.TOP)} does not compile alone:\n{said}")
    memory.write_text("\n".join(sorted(passed)) + "\n")
    print(f"{len(headers)} headers, {len(waiting)} compiled, {failed} do not compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
