"""Words and calls that have no place here, each with what takes theirs (docs/style.md 15, 25, 31, 32, 35, 36, 41, 46)."""
import re

# A program's own output is the purpose of these.
SPEAKS_TO_PEOPLE = (r"src/(cli|server|demo)/.*", r"src/base/(log|check)\.cpp", r".*_(test|pgtest|fuzz|bench)\.cpp",
                    r"tests/.*")


def calls(tree, paths, pattern, why):
    """Every line of code of these files that the pattern finds."""
    pattern = re.compile(pattern)
    for path in paths:
        for line, code in tree.code_lines(path):
            if pattern.search(code):
                yield path, line, why


def outside(paths, *patterns):
    return [p for p in paths if not any(re.fullmatch(pattern, p) for pattern in patterns)]


def no_new_no_delete(tree):
    yield from calls(tree, tree.cpp("src", "tests"), r"(?<!#include <)\bnew\b(?!>)|(?<!= )\bdelete\b(\[\])? ",
                     "no new, no delete: a value or std::make_unique owns it")


def nothing_is_detached(tree):
    yield from calls(tree, tree.cpp("src", "tests"), r"\bdetached\b|\.detach\s*\(",
                     "nothing is detached: spawn it into a TaskGroup")


def no_sleeping(tree):
    yield from calls(tree, tree.cpp("src", "tests"),
                     r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.>])::sleep\s*\(",
                     "no sleeping: wait for what must happen, with a deadline")


def time_and_chance_come_from_base(tree):
    paths = outside(tree.cpp("src", "tests"), r"src/base/.*")
    yield from calls(tree, paths,
                     r"\b(system|steady|high_resolution)_clock::now\b|\bgettimeofday\b|\bclock_gettime\b"
                     r"|\btime\s*\(\s*(nullptr|NULL|0)\s*\)", "time comes from Clock")
    yield from calls(tree, paths, r"\brandom_device\b|\bs?rand\s*\(|\bmt19937", "chance comes from Random")


def the_log_is_the_only_output(tree):
    yield from calls(tree, outside(tree.cpp("src", "tests"), *SPEAKS_TO_PEOPLE),
                     r"\bf?printf\s*\(|\bstd::c(out|err|log)\b|\bf?puts\s*\(|\bfmt::print\b",
                     "only cli/, server/ and demo/ print; everybody else logs")


def nothing_throws(tree):
    yield from calls(tree, outside(tree.cpp("src"), r".*_(test|pgtest|fuzz|bench)\.cpp"), r"\bthrow\b(?!\()",
                     "we throw nothing: return a Result")


CAPTURING_COROUTINE = re.compile(
    r"\[(?!\[)[^\[\]]+\]\s*(\((?:[^()]|\([^()]*\))*\))?\s*(mutable\s*)?(noexcept\s*)?"
    r"->\s*((boost::)?(asio|net)::)?(awaitable|Task|StatusTask)\b")


def no_capturing_coroutine(tree):
    for path in tree.cpp("src", "tests"):
        code = tree.code(path)
        for match in CAPTURING_COROUTINE.finditer(code):
            yield (path, code.count("\n", 0, match.start()) + 1,
                   "a lambda that captures is no coroutine: its captures die before it ends")


def a_todo_has_owner_and_condition(tree):
    mark = "TO" + "DO"
    good = re.compile(mark + r"\(\w[\w ]*\): .+\b(when|once|until|as soon as)\b")
    for path in tree.cpp("src", "tests") + tree.matching(r"(src|tests)/.*\.(sql|cmake)", r"cmake/.*"):
        for number, line in enumerate(tree.lines(path), 1):
            if re.search(rf"\b({mark}|FIX{''}ME|X{''}XX)\b", line) and not good.search(line):
                yield path, number, f"say who and until when: {mark}(owner): what, once condition"


HOLLOW = re.compile(r"(^|_)(utils?|common|helpers?|managers?|misc)(_|$)")


def names_mean_something(tree):
    for path in tree.matching(r"(src|tests|cmake|scripts|web/src)/.*"):
        for part in path.split("/"):
            if HOLLOW.search(part.split(".")[0].lower()):
                yield path, 1, f"'{part}' is no name: what has no name has no place"
    hollow_type = re.compile(r"\b(class|struct|namespace)\s+(\w*(Manager|Helpers?|Utils?)|utils?|helpers?|common)\b")
    for path in tree.cpp("src", "tests"):
        for line, code in tree.code_lines(path):
            match = hollow_type.search(code)
            if match:
                yield path, line, f"'{match.group(2)}' is no name: what has no name has no place"


def product_text(tree):
    return tree.matching(r"(src|tests|cmake|scripts|docs|web/src)/.*\.\w+", r"scripts/[^/]+", r"tests/prove/[^/]+",
                         r"\.ci/.*", r"Makefile", r"README\.md", r"CMake.*")


def no_path_of_a_machine(tree):
    ours = r"(?<![\w.])/work/\w|/tmp/b" + r"-|\.\./" + r"shared\b"
    anyones = r"(?<![\w.])/(home|root|Users)/\w"
    for path in product_text(tree):
        # Such paths are good examples of what a log may hold, so tests may have them.
        example = path.startswith("tests/") or re.search(r"_(test|pgtest|fuzz)\.cpp$|_corpus/", path)
        pattern = re.compile(ours if example else f"{ours}|{anyones}")
        for number, line in enumerate(tree.lines(path), 1):
            if pattern.search(line) and not path.startswith("tests/tidy/"):
                yield path, number, "names a path of one machine, or a folder beside the project"


def no_registry_host(tree):
    pattern = re.compile(r"deb\.debian\.org|registry\.npmjs\.org|(files\.)?python" + r"hosted\.org|\bpypi\.org|\bcrates\.io")
    for path in product_text(tree):
        for number, line in enumerate(tree.lines(path), 1):
            if pattern.search(line):
                yield path, number, "names the host of a package registry; where packages come from is the machine's affair"


def cpp(*lines, path="src/pg/a.cpp"):
    return {path: "\n".join(lines) + "\n"}


CASES = {
    no_new_no_delete: (
        [cpp("auto* x = new int(3);"), cpp("delete x;"), cpp("delete[] x;")],
        [cpp("A(const A&) = delete;", "int new_rows;", 'run("CREATE new");', "// a new thing", "#include <new>")]),
    nothing_is_detached: (
        [cpp("co_spawn(io, f(), asio::detached);"), cpp("std::thread(f).detach();")],
        [cpp("group.spawn(name, f());", "// nothing is asio::detached")]),
    no_sleeping: (
        [cpp("std::this_thread::sleep_for(1s);"), cpp("usleep(10);", path="tests/support/a.cpp"), cpp("::sleep(1);")],
        [cpp("co_await clock.sleep(1s);", 'run("SELECT pg_sleep(1)");')]),
    time_and_chance_come_from_base: (
        [cpp("auto t = std::chrono::system_clock::now();"), cpp("std::random_device d;"), cpp("int x = rand();"),
         cpp("auto t = time(nullptr);")],
        [cpp("auto t = std::chrono::steady_clock::now();", path="src/base/clock.cpp"), cpp("auto t = clock.now();")]),
    the_log_is_the_only_output: (
        [cpp('printf("x");'), cpp("std::cout << 1;"), cpp('fmt::print("x");')],
        [cpp('printf("x");', path="src/cli/a.cpp"), cpp("snprintf(a, 3, b);"), cpp('puts("x");', path="src/pg/a_bench.cpp")]),
    nothing_throws: (
        [cpp("throw std::runtime_error(why);")],
        [cpp("// they throw", "return failure(why);"), cpp("throw 1;", path="src/pg/a_test.cpp")]),
    no_capturing_coroutine: (
        [cpp("auto f = [this]() -> asio::awaitable<void> { co_return; };"),
         cpp("spawn(name, [x, &y](std::map<int, int> (*g)(int)) mutable", "    -> Task<int> { co_return 1; });"),
         cpp("auto f = [=] -> StatusTask { co_return Status(); };")],
        [cpp("auto f = []() -> asio::awaitable<void> { co_return; };", "[[nodiscard]] auto f() -> Task<int>;",
             "auto g = [x](int y) -> int { return x; };")]),
    a_todo_has_owner_and_condition: (
        [cpp("// TO" + "DO: later"), cpp("// FIX" + "ME"), {"src/store/queries/a.sql": "-- TO" + "DO later\n"}],
        [cpp("// TO" + "DO(storage): drop the column, once version 3 is gone.")]),
    names_mean_something: (
        [cpp("", path="src/common/a.cpp"), cpp("", path="src/pg/string_utils.h"), cpp("class SessionManager {"),
         cpp("namespace helpers {")],
        [cpp("class Commonplace {", path="src/pg/manage.cpp")]),
    no_path_of_a_machine: (
        [cpp('open("/home/me/file");'), cpp('open("/wo' + 'rk/x");', path="tests/support/a.cpp"), {"docs/a.md": "see ../" + "shared/x\n"}],
        [cpp('open("/tmp/socket");', 'get("/api/work/x");'), cpp('reads("/home/ann/x");', path="src/pg/a_test.cpp")]),
    no_registry_host: (
        [{"scripts/a": "curl deb" + ".debian.org\n"}, {"docs/a.md": "registry" + ".npmjs.org\n"}],
        [{"docs/a.md": "postgresql.org\n"}]),
}
