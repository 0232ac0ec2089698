"""How long things may be (docs/style.md 19)."""
import re

FUNCTION_LINES = 60
FILE_LINES = 500
HEADER_LINES = 200


def is_table(path):
    return path.endswith("_table.cpp")


def files_stay_short(tree):
    for path in tree.cpp("src", "tests"):
        limit = HEADER_LINES if path.endswith(".h") else FILE_LINES
        length = len(tree.lines(path))
        if length > limit and not is_table(path):
            yield path, limit, f"{length} lines, at most {limit}"


def functions(code):
    """(first line, name, lines) of every function at namespace or class level; lambdas count as their function."""
    depth_of_function = None
    scopes = []  # for each open brace: the function that it opened, or None
    head = ""
    line = 1
    line_of_head = 1
    for character in code:
        if character == "{":
            name = None if depth_of_function is not None else function_name(head)
            if name:
                depth_of_function = len(scopes)
            scopes.append((name, line_of_head))
            head = ""
        elif character == "}":
            name, start = scopes.pop() if scopes else (None, line)
            if name and depth_of_function == len(scopes):
                depth_of_function = None
                yield start, name, line - start + 1
            head = ""
        elif character == ";":
            head = ""
        else:
            if not head.strip() and not character.isspace():
                line_of_head = line
            head += character
        if character == "\n":
            line += 1


def function_name(head):
    """The name of the function whose body the brace after `head` opens; None for anything else."""
    head = re.sub(r"^\s*#.*$", "", head, flags=re.MULTILINE)
    head = re.sub(r"\b(public|private|protected)\s*:", "", head)
    head = re.sub(r"^\s*template\s*<.*?>\s*(?=\w|\[)", "", head, flags=re.DOTALL).strip()
    if re.match(r"(inline\s+)?(class|struct|union|enum|namespace)\b", head) or head.endswith("="):
        return None
    match = re.search(r"(operator\s*\S+|~?[A-Za-z_]\w*)\s*\(", head)
    return match.group(1) if match else None


def functions_stay_short(tree):
    for path in tree.cpp("src", "tests"):
        if is_table(path):
            continue
        for line, name, length in functions(tree.code(path)):
            if length > FUNCTION_LINES:
                yield path, line, f"{name} has {length} lines, at most {FUNCTION_LINES}"


def body(lines):
    return "\n".join(["  step();"] * (lines - 2))


def cpp(text):
    return {"src/base/a.cpp": text}


CASES = {
    files_stay_short: (
        [cpp("int x;\n" * 501), {"src/base/a.h": "int x;\n" * 201}],
        [cpp("int x;\n" * 500), {"src/base/words_table.cpp": "int x;\n" * 900}]),
    functions_stay_short: (
        [cpp("namespace a {\nvoid f(int x) {\n" + body(61) + "\n}\n}\n"),
         cpp("class A {\n public:\n  A() : x_(1) {\n" + body(61) + "\n  }\n};\n"),
         cpp("TEST(Suite, Says) {\n" + body(61) + "\n}\n"),
         cpp("template <class T>\nT f(T x) {\n  if (x) {\n  }\n" + body(61) + "\n}\n")],
        [cpp("void f() {\n" + body(60) + "\n}\nvoid g() {\n" + body(60) + "\n}\n"),
         cpp("namespace a {\n" + "int x;\n" * 90 + "}\n"),
         cpp("const char* kWords[] = {\n" + '"a",\n' * 90 + "};\n"),
         cpp("void f() {\n  // }{\n  g(\"{\");\n" + body(40) + "\n}\n" + "int y;\n" * 40)]),
}
