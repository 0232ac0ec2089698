// Any bytes: the gate answers, within its time, and what it says of the text holds. A grammar of fragments
// writes half of the inputs, because bytes changed at random seldom parse. With GATE_CPU_MS set, an input
// that takes more CPU time than that ends the program; the slowest is told at the end. libpg_query itself is
// not instrumented: what it would do wrong shows as a signal here, and as an error of the address sanitizer
// only in its allocations.
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "pg/read_only.h"

// The driver's own mutation of bytes; builds without the driver only replay.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most)
    __attribute__((weak));

namespace {

using namespace selfheal;

double cpu_ms() {
  rusage used{};
  getrusage(RUSAGE_THREAD, &used);
  const auto in_ms = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
  };
  return in_ms(used.ru_utime) + in_ms(used.ru_stime);
}

struct Slowest {
  std::uint64_t runs = 0, drafted = 0, approved = 0;
  double within_ms = 0;    // of texts that are within the limit of size
  double oversize_ms = 0;  // of those that are not
  std::string text;

  ~Slowest() {
    std::fprintf(stderr,
                 "gate: %llu runs, %llu drafted, %llu approved, at most %.3f ms CPU, oversize %.3f ms\n",
                 static_cast<unsigned long long>(runs), static_cast<unsigned long long>(drafted),
                 static_cast<unsigned long long>(approved), within_ms, oversize_ms);
    if (const char* file = std::getenv("GATE_SLOWEST")) std::ofstream(file, std::ios::binary) << text;
  }
};
Slowest& slowest() {
  static Slowest only;
  return only;
}

// What a catalog could say of these names, drawn from the text itself: the same text always gets the same.
pg::CatalogFacts facts_of(const pg::NamesUsed& names, std::uint32_t draw) {
  static constexpr const char* kExtensions[] = {"", "pg_trgm", "dblink", "hstore"};
  static constexpr char kKinds[] = {'r', 'v', 'f', 'p', 'S', 'd', 'e', 'c'};
  std::minstd_rand random(draw + 1);
  const auto one_in = [&](unsigned n) { return random() % n == 0; };
  const auto extension = [&] { return std::string(kExtensions[random() % 4]); };
  const auto kind = [&] { return kKinds[random() % 8]; };
  pg::CatalogFacts facts;
  for (const auto& use : names.functions)
    if (one_in(8)) facts.functions.push_back({"public", use.name, extension(), one_in(2), one_in(2)});
  for (const auto& use : names.attributes)
    if (one_in(32)) facts.functions.push_back({"public", use.name, extension(), one_in(2), true});
  for (const auto& use : names.operators)
    if (one_in(64)) facts.operators.push_back({"public", use.name, extension()});
  for (const auto& use : names.types)
    if (one_in(16)) facts.types.push_back({"public", use.name, extension(), kind()});
  for (const auto& use : names.relations)
    facts.relations.push_back(
        {.used = use,
         .schema = one_in(4) ? "pg_catalog" : "public",
         .name = one_in(4) ? "" : use.name,
         .kind = one_in(8) ? kind() : 'r',
         .extension = extension(),
         .hidden = one_in(4) ? std::vector<std::string>{"api_key"} : std::vector<std::string>{},
         .is_readable = !one_in(8)});
  return facts;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "gate: %s\n", what);
  std::abort();
}

void check_refusal(const pg::Refusal& refusal, std::string_view sql) {
  require(!refusal.rule.empty() && !refusal.why.empty(), "a refusal says nothing");
  require(refusal.position >= 0 && static_cast<std::size_t>(refusal.position) <= sql.size() + 1,
          "a refusal points past the text");
  require(refusal.word.size() <= 64, "a refusal repeats too much of the text");
}

void run(std::string_view sql) {
  const auto draft = pg::draft_read_only(sql);
  if (!draft) return check_refusal(draft.error(), sql);
  ++slowest().drafted;
  require(sql.size() <= kParsedSqlBytes, "an oversize text was drafted");
  std::uint32_t draw = 2166136261u;
  for (const char c : sql) draw = (draw ^ static_cast<std::uint8_t>(c)) * 16777619u;
  for (const auto& facts : {pg::CatalogFacts{}, facts_of(draft->names(), draw)}) {
    const auto approved = draft->approve(facts);
    if (!approved) {
      check_refusal(approved.error(), sql);
      continue;
    }
    ++slowest().approved;
    require(approved->text() == sql, "another text than the one that was asked for was approved");
  }
}

double cpu_ms_of(std::string_view sql) {
  const double began = cpu_ms();
  run(sql);
  return cpu_ms() - began;
}

// Fragments of statements; `@` stands for another of them.
constexpr const char* kFragments[] = {
    "1",
    "'a'",
    "NULL",
    "$$ x $$",
    "E'\\n'",
    "U&'\\0061'",
    "B'01'",
    "1.5e3",
    "a",
    "t.a",
    "t.*",
    "*",
    "(t).a",
    "a[1]",
    "a[1:2]",
    "@+@",
    "@ - @",
    "NOT @",
    "(@)",
    "@ AND @",
    "@ OR @",
    "@ IS NULL",
    "@ IS DISTINCT FROM @",
    "@::text",
    "CAST(@ AS numeric(10,2))",
    "@::public.mood[]",
    "@ COLLATE \"C\"",
    "@ AT TIME ZONE @",
    "@ BETWEEN @ AND @",
    "@ IN (@, @)",
    "@ IN (SELECT @)",
    "@ = ANY (@)",
    "@ LIKE @ ESCAPE 'x'",
    "@ SIMILAR TO @",
    "@ OPERATOR(pg_catalog.+) @",
    "@ @> @",
    "@ ->> @",
    "CASE WHEN @ THEN @ ELSE @ END",
    "CASE @ WHEN @ THEN @ END",
    "COALESCE(@, @)",
    "NULLIF(@, @)",
    "GREATEST(@, @)",
    "ROW(@, @)",
    "ARRAY[@, @]",
    "ARRAY(SELECT @)",
    "EXISTS (SELECT @)",
    "(SELECT @)",
    "lower(@)",
    "count(*)",
    "count(DISTINCT @) FILTER (WHERE @)",
    "sum(@) OVER (PARTITION BY @ ORDER BY @ ROWS BETWEEN @ PRECEDING AND CURRENT ROW)",
    "percentile_cont(@) WITHIN GROUP (ORDER BY @)",
    "string_agg(@, @ ORDER BY @)",
    "extract(epoch FROM @)",
    "trim(both @ from @)",
    "substring(@ from @ for @)",
    "position(@ in @)",
    "overlay(@ placing @ from @)",
    "make_interval(hours => @)",
    "current_date",
    "current_setting(@)",
    "pg_sleep(@)",
    "public.f(@)",
    "pg_catalog.now()",
    "xmlelement(name x, xmlattributes(@ AS y), @)",
    "xmlforest(@ AS a)",
    "xmlserialize(content @ AS text)",
    "xmlparse(document @)",
    "SELECT @",
    "SELECT @ FROM t",
    "SELECT @ FROM t WHERE @",
    "SELECT DISTINCT ON (@) @ FROM t ORDER BY @ DESC NULLS LAST LIMIT @ OFFSET @",
    "SELECT @ FROM t GROUP BY ROLLUP (@, @) HAVING @",
    "SELECT @ FROM t GROUP BY GROUPING SETS ((@), ())",
    "SELECT @ FROM (SELECT @) q",
    "SELECT @ FROM t, LATERAL (SELECT @) q",
    "SELECT @ FROM t JOIN u ON @",
    "SELECT @ FROM t NATURAL LEFT JOIN u",
    "SELECT @ FROM t JOIN u USING (a)",
    "SELECT @ FROM f(@) AS x(a int, b text)",
    "SELECT @ FROM ROWS FROM (f(@), g(@)) WITH ORDINALITY",
    "SELECT @ FROM t TABLESAMPLE system (@) REPEATABLE (@)",
    "SELECT @ FROM XMLTABLE('/r' PASSING @ COLUMNS x int PATH 'x' DEFAULT @) z",
    "SELECT @ WINDOW w AS (ORDER BY @)",
    "SELECT @ UNION ALL SELECT @",
    "SELECT @ INTERSECT SELECT @",
    "(SELECT @) EXCEPT (SELECT @)",
    "WITH c AS (SELECT @) SELECT @ FROM c",
    "WITH RECURSIVE c(a) AS (SELECT @ UNION SELECT @ FROM c) SEARCH DEPTH FIRST BY a SET o SELECT * FROM c",
    "WITH d AS (DELETE FROM t RETURNING *) SELECT @ FROM d",
    "SELECT @ INTO x",
    "SELECT @ FROM t FOR UPDATE",
    "VALUES (@, @), (@, @)",
    "TABLE t",
    "EXPLAIN SELECT @",
    "EXPLAIN (ANALYZE) SELECT @",
    "EXPLAIN (FORMAT JSON, COSTS) SELECT @",
    "SHOW work_mem",
    "SHOW ALL",
    "SET a = @",
    "DELETE FROM t WHERE @",
    "INSERT INTO t SELECT @",
    "COPY t TO PROGRAM 'x'",
    "DO $$ $$",
    "CALL p(@)",
    "NOTIFY c",
    "SELECT @; SELECT @",
    "/* @ */ @",
    "-- @\n@",
    "/* /* @ */ */ @",
    "\"@\"",
    "U&\"\\0061\"",
    "@ @",
    "$1",
    "SELECT @ FROM pg_settings WHERE name = @",
    "SELECT @ FROM pg_authid",
    "SELECT @ FROM information_schema.columns",
    "SELECT @ FROM only t AS q(a, b)",
    "GROUPING(@)",
    "@ IS DOCUMENT",
    "@ IS JSON",
    "@ IS NORMALIZED",
    "(@, @) OVERLAPS (@, @)",
    "(@, @) < (@, @)",
    "@ IS OF (int)",
    "MERGE INTO t USING u ON @ WHEN MATCHED THEN DELETE"};

// Bounded: a statement doubles with each fragment that has two places.
std::string written(std::minstd_rand& random, std::size_t most) {
  std::string text = kFragments[random() % std::size(kFragments)];
  const auto steps = random() % 64;
  for (unsigned step = 0; step < steps && text.size() < most; ++step) {
    std::size_t place = text.find('@', random() % (text.size() + 1));
    if (place == std::string::npos) place = text.find('@');
    if (place == std::string::npos) break;
    text.replace(place, 1, kFragments[random() % std::size(kFragments)]);
  }
  for (char& c : text)
    if (c == '@' && random() % 8 != 0) c = '1';
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  // What the product's workers have; the kernel looks at this limit when the stack grows.
  rlimit stack{};
  getrlimit(RLIMIT_STACK, &stack);
  if (stack.rlim_cur != RLIM_INFINITY && stack.rlim_cur < kWorkerStackBytes) {
    stack.rlim_cur = kWorkerStackBytes;
    setrlimit(RLIMIT_STACK, &stack);
  }
  return 0;
}

// Fragments in place of a word, at a place, repeated, or alone; else bytes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  std::minstd_rand random(seed + 1);
  const auto way = random() % 8;
  if (way < 3) return LLVMFuzzerMutate ? LLVMFuzzerMutate(data, size, most) : size;
  std::string text(reinterpret_cast<const char*>(data), size);
  const auto fragment = written(random, 2048);
  const std::size_t at = random() % (text.size() + 1);
  if (way == 3) {
    text = fragment;
  } else if (way == 4) {
    std::string many;
    const auto times = 1 + random() % 4096;
    for (unsigned i = 0; i < times && many.size() + fragment.size() < most; ++i) many += fragment;
    text = random() % 2 ? many : text.substr(0, at) + many + text.substr(at);
  } else if (way == 5) {
    text.insert(at, fragment);
  } else {
    auto end = at;
    while (end < text.size() && text[end] != ' ' && text[end] != '(' && text[end] != ',') ++end;
    text.replace(at, end - at, fragment);
  }
  if (text.size() > most) text.resize(most);
  std::copy(text.begin(), text.end(), reinterpret_cast<char*>(data));
  return text.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const double most = [] {
    const char* set = std::getenv("GATE_CPU_MS");
    return set ? std::atof(set) : 0;
  }();
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  auto& seen = slowest();
  double took = cpu_ms_of(sql);
  // A thread is charged for interrupts that come in meanwhile: a text is slow when it is slow each time.
  const double limit = size > kParsedSqlBytes ? 1 : most;
  for (int again = 0; most != 0 && took > limit && again < 3; ++again) took = std::min(took, cpu_ms_of(sql));
  ++seen.runs;
  if (size > kParsedSqlBytes) {
    seen.oversize_ms = std::max(seen.oversize_ms, took);
    require(most == 0 || took <= 1, "an oversize text took more than 1 ms");
  } else if (took > seen.within_ms) {
    seen.within_ms = took;
    seen.text = sql;
    require(most == 0 || took <= most, "a text took more CPU time than it may");
  }
  return 0;
}
