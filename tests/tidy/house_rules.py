#!/usr/bin/env python3
"""The house rules.

  house_rules.py check [--build DIR]   looks for violations in the tree; with DIR also whether every test is built
  house_rules.py self-test             shows each rule a tree that breaks it, and one that keeps it

A rule is a function that takes the tree and yields (path, line, what is wrong). To add one, write it into the fitting
rules_*.py, with its trees in CASES: a rule without a planted violation does not run.
"""
import json
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # the source tree stays as it was checked out

import rules_documents
import rules_includes
import rules_lists
import rules_sizes
import rules_words
from tree import Tree

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CASES = {**rules_includes.CASES, **rules_sizes.CASES, **rules_words.CASES, **rules_lists.CASES, **rules_documents.CASES}


def compiled_by(build):
    """source -> the programs it goes into that ctest runs, from the build's own records."""
    tested = "\n".join(p.read_text() for p in build.rglob("CTestTestfile.cmake"))
    compiled = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.is_relative_to(TOP):
            program = re.search(r" -o \S*CMakeFiles/([^/]+)\.dir/", entry["command"])
            programs = compiled.setdefault(str(source.relative_to(TOP)), set())
            if program and re.search(rf"/{re.escape(program.group(1))}[\" )]", tested):
                programs.add(program.group(1))
    return compiled


def violations(tree, rule):
    """What the rule finds, but for lines that are silenced the way Clang-Tidy's are, with a reason behind it."""
    for path, line, what in rule(tree):
        lines = tree.lines(path)
        here = lines[line - 1] if line <= len(lines) else ""
        above = lines[line - 2] if 2 <= line <= len(lines) + 1 else ""
        reason = rf"\({rule.__name__}\): \w.{{10,}}"
        if not re.search("NOLINT" + reason, here) and not re.search("NOLINTNEXTLINE" + reason, above):
            yield path, line, what


def check(tree):
    found = 0
    for rule in CASES:
        for path, line, what in violations(tree, rule):
            print(f"{path}:{line}: {what} [{rule.__name__}]")
            found += 1
    print(f"{len(CASES)} rules, {len(tree.paths)} files, {found} violations")
    return 1 if found else 0


def planted(case):
    return Tree(**case) if "texts" in case else Tree(texts=case)


def self_test():
    wrong = 0
    for rule, (broken, kept) in CASES.items():
        for number, case in enumerate(broken):
            if not list(rule(planted(case))):
                print(f"{rule.__name__}: does not find violation {number}: {case}")
                wrong += 1
        for number, case in enumerate(kept):
            for violation in rule(planted(case)):
                print(f"{rule.__name__}: finds {violation} in tree {number}, which keeps the rule")
                wrong += 1
    wrong += self_test_of_silencing()
    total = sum(len(broken) + len(kept) for broken, kept in CASES.values())
    print(f"{len(CASES)} rules, {total} planted trees, {wrong} judged wrongly")
    return 1 if wrong else 0


def self_test_of_silencing():
    call = "std::thread(f).detach();"
    mark = "(nothing_is_detached): joining would wait for ever\n"
    silenced = [f"{call}  // NOLINT{mark}", f"// NOLINTNEXTLINE{mark}{call}\n"]
    loud = [f"{call}  // NOLINT(nothing_is_detached)\n", f"{call}  // NOLINT(no_sleeping): the wrong rule's name\n"]
    found = [bool(list(violations(Tree(texts={"src/pg/a.cpp": text}), rules_words.nothing_is_detached)))
             for text in silenced + loud]
    if found == [False, False, True, True]:
        return 0
    print("NOLINT does not silence as it should")
    return 1


def main(arguments):
    if arguments == ["self-test"]:
        return self_test()
    if arguments[:1] == ["check"] and len(arguments) in (1, 3):
        build = pathlib.Path(arguments[2]) if len(arguments) == 3 else None
        return check(Tree(top=TOP, compiled=compiled_by(build) if build else None))
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
