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


def check(tree):
    found = 0
    for rule in CASES:
        for path, line, what in rule(tree):
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
    total = sum(len(broken) + len(kept) for broken, kept in CASES.values())
    print(f"{len(CASES)} rules, {total} planted trees, {wrong} judged wrongly")
    return 1 if wrong else 0


def main(arguments):
    if arguments == ["self-test"]:
        return self_test()
    if arguments[:1] == ["check"] and len(arguments) in (1, 3):
        build = pathlib.Path(arguments[2]) if len(arguments) == 3 else None
        return check(Tree(top=TOP, compiled=compiled_by(build) if build else None))
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
