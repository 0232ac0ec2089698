// Whether what the read-only gate lets through changes anything, with a superuser behind it: statements that
// nobody chose, by sqlsmith and by mutation of reads that must work, each run as the product runs it, between
// fingerprints of the server.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/child_process.h"
#include "base/random.h"
#include "prove/figures.h"
#include "support/client_session.h"
#include "support/loop.h"
#include "support/read_only_lists.h"
#include "support/state_fingerprint.h"
#include "support/temporary_postgres.h"
#include "watch/asking.h"

namespace selfheal::prove {
namespace {

using test::ClientSession;
using test::StateFingerprint;
using test::TemporaryPostgres;

constexpr std::uint64_t kSeed = 20260601;
// One fingerprint costs as much as several statements; what differs is looked for statement by statement.
constexpr std::size_t kGroup = 20;
// Joins of everything with everything end here: a statement that is stopped must not change anything either.
constexpr Duration kTimeout = 250ms;

// Statements of one kind, as many as are asked for.
class Source {
 public:
  virtual ~Source() = default;
  virtual std::optional<std::string> next() = 0;
};

class Sqlsmith final : public Source {
 public:
  explicit Sqlsmith(std::string conninfo) : conninfo_(std::move(conninfo)) {}

  std::optional<std::string> next() override {
    while (at_ == made_.size()) {
      if (!make_more()) return std::nullopt;
    }
    return made_[at_++];
  }

 private:
  // In portions, each by its own seed, because nobody knows how many of them will be let through.
  bool make_more() {
    if (portion_ == 200) return false;
    const auto file = std::filesystem::temp_directory_path() / ("gate_state." + random_token());
    const auto pid =
        start_program({.arguments = {"/usr/bin/sqlsmith", "--target=" + conninfo_, "--dry-run",
                                     fmt::format("--seed={}", kSeed + portion_++), "--max-queries=500"},
                       .output = file});
    if (!pid) return false;
    int status = 0;
    waitpid(*pid, &status, 0);
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    std::filesystem::remove(file);
    if (status != 0) std::fprintf(stderr, "gate_state: sqlsmith ended with status %d\n", status);
    made_.clear();
    at_ = 0;
    const std::string output = text.str();
    std::string_view left = output;
    for (auto stop = left.find(";\n"); stop != std::string_view::npos; stop = left.find(";\n")) {
      made_.emplace_back(left.substr(0, stop));
      left.remove_prefix(stop + 2);
    }
    return true;
  }

  std::string conninfo_;
  std::vector<std::string> made_;
  std::size_t at_ = 0;
  std::uint64_t portion_ = 0;
};

std::vector<std::string> column_of(ClientSession& session, const std::string& sql) {
  const auto answer = session.exec(sql);
  EXPECT_TRUE(answer.ok) << answer.message;
  std::vector<std::string> values;
  for (std::size_t row = 0; row < answer.rows.size(); ++row) values.push_back(answer.value(row));
  return values;
}

// Words and the signs between them; what is quoted stays whole.
std::vector<std::string> pieces_of(std::string_view sql) {
  const auto is_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  std::vector<std::string> pieces;
  std::size_t at = 0;
  while (at < sql.size()) {
    std::size_t end = at + 1;
    if (is_word(sql[at])) {
      while (end < sql.size() && is_word(sql[end])) ++end;
    } else if (sql[at] == '\'' || sql[at] == '"') {
      end = std::min(sql.find(sql[at], end), sql.size() - 1) + 1;
    }
    pieces.emplace_back(sql.substr(at, end - at));
    at = end;
  }
  return pieces;
}

// What wraps a read; `@` stands for it, `%` for another one.
constexpr const char* kWraps[] = {
    "SELECT * FROM (@) m",
    "SELECT count(*) FROM (@) m",
    "WITH m AS (@) SELECT * FROM m LIMIT 3",
    "WITH m AS MATERIALIZED (@), n AS (%) SELECT (SELECT count(*) FROM m), (SELECT count(*) FROM n)",
    "SELECT EXISTS (@), EXISTS (%)",
    "(@) UNION ALL (@)",
    "(@) EXCEPT (@)",
    "(@) UNION (%)",
    "SELECT m FROM (@) m",
    "SELECT to_jsonb(m) FROM (@) m",
    "SELECT ROW(m.*)::text FROM (@) m",
    "SELECT m::text, md5(m::text) FROM (@) m",
    "SELECT ARRAY(SELECT m::text FROM (@) m)",
    "SELECT q.* FROM orders o, LATERAL (@) q LIMIT 5",
    "SELECT row_number() OVER (), m.* FROM (@) m",
    "EXPLAIN (VERBOSE) @",
    "SELECT json_agg(m), min(m::text) FROM (@) m",
    "SELECT a.* FROM (@) a FULL JOIN (%) b ON a::text = b::text",
    "SELECT CASE WHEN EXISTS (@) THEN (SELECT count(*) FROM (%) n) END"};

// Reads that must work, with words exchanged for others of the catalog, literals for others, nested in one
// another.
class Mutations final : public Source {
 public:
  explicit Mutations(const std::string& conninfo) {
    ClientSession session(conninfo);
    relations_ = column_of(
        session,
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN "
        "('public', 'pg_catalog') AND relkind IN ('r', 'v', 'm', 'p') ORDER BY 1");
    columns_ = column_of(
        session,
        "SELECT DISTINCT attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace "
        "= 'public'::regnamespace AND relkind IN ('r', 'v') AND attnum > 0 ORDER BY 1");
    functions_ = column_of(session, "SELECT DISTINCT proname FROM pg_proc ORDER BY 1");
    for (const auto* list : test::kReadLists)
      for (const auto& read : test::listed_statements(list)) reads_.push_back(read.sql);
  }

  std::optional<std::string> next() override {
    for (int tries = 0; tries < 1000; ++tries) {
      std::string sql = one_of(reads_);
      const auto steps = 1 + random_.below(3);
      for (std::uint64_t step = 0; step < steps; ++step) sql = changed(sql);
      if (seen_.insert(sql).second) return sql;
    }
    return std::nullopt;
  }

 private:
  const std::string& one_of(const std::vector<std::string>& words) {
    return words[random_.below(words.size())];
  }

  std::string changed(const std::string& sql) {
    return random_.below(2) == 0 ? wrapped(sql) : exchanged(sql);
  }

  static std::string without_end(std::string sql) {
    while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ')) sql.pop_back();
    return sql + "\n";  // after a comment
  }

  std::string wrapped(const std::string& sql) {
    std::string text;
    for (const char c : std::string_view(kWraps[random_.below(std::size(kWraps))])) {
      if (c == '@')
        text += without_end(sql);
      else if (c == '%')
        text += without_end(one_of(reads_));
      else
        text += c;
    }
    return text;
  }

  std::string exchanged(const std::string& sql) {
    static const std::vector<std::string> kLiterals = {"0",    "1",   "-1",    "2147483648", "0.5",
                                                       "NULL", "'x'", "now()", "'1 day'"};
    auto pieces = pieces_of(sql);
    const auto start = random_.below(pieces.size());
    for (std::size_t step = 0; step < pieces.size(); ++step) {
      const auto at = (start + step) % pieces.size();
      auto& piece = pieces[at];
      if (at + 1 < pieces.size() && pieces[at + 1] == "(" && holds(functions_, piece))
        piece = one_of(functions_);
      else if (holds(relations_, piece))
        piece = one_of(relations_);
      else if (holds(columns_, piece))
        piece = random_.below(2) == 0 ? one_of(columns_) : fmt::format("{}({})", one_of(functions_), piece);
      else if (std::isdigit(static_cast<unsigned char>(piece.front())) != 0)
        piece = one_of(kLiterals);
      else
        continue;
      break;
    }
    std::string text;
    for (const auto& piece : pieces) text += piece;
    return text;
  }

  static bool holds(const std::vector<std::string>& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
  }

  SeededRandom random_{kSeed};
  std::vector<std::string> relations_, columns_, functions_, reads_;
  std::set<std::string> seen_;
};

struct Count {
  int made = 0, refused = 0, accepted = 0, answered = 0, errors = 0, stopped = 0, differences = 0;
};

class Proof {
 public:
  Proof() : server_({.settings = settings()}) {
    ClientSession admin(server_.conninfo());
    const auto made = admin.exec(test::read_only_fixture());
    EXPECT_TRUE(made.ok) << made.message;
    test::FingerprintOptions options;
    for (const auto* extension : {"pg_stat_statements", "pg_trgm", "pgcrypto"})
      if (pg::is_trusted_extension(extension)) options.trusted_extensions.emplace_back(extension);
    fingerprint_.emplace(server_, std::move(options));
  }

  TemporaryPostgres& server() { return server_; }

  Count run(Source& source, int accepted) {
    Count count;
    std::vector<std::string> group;
    auto before = taken();
    while (count.accepted < accepted) {
      const auto sql = source.next();
      if (!sql) break;
      ++count.made;
      if (ask(*sql, &count)) group.push_back(*sql);
      if (group.size() < kGroup && count.accepted < accepted) continue;
      before = compared(std::move(before), std::exchange(group, {}), count);
    }
    compared(std::move(before), std::move(group), count);
    return count;
  }

  Duration fingerprint_took() const { return percentile(took_, 0.5); }

 private:
  static std::map<std::string, std::string> settings() {
    auto all = test::settings_for_fingerprints();
    all["shared_preload_libraries"] = "pg_stat_statements";
    return all;
  }

  StateFingerprint::Parts taken() {
    const auto began = loop_.now();
    auto parts = fingerprint_->take();
    took_.push_back(loop_.since(began));
    return parts;
  }

  StateFingerprint::Parts compared(StateFingerprint::Parts before, std::vector<std::string> group,
                                   Count& count) {
    auto after = taken();
    if (test::differences(before, after).empty()) return after;
    ++count.differences;
    tell("after a group", test::differences(before, after));
    for (const auto& sql : group) {
      before = taken();
      ask(sql, nullptr);
      after = taken();
      const auto found = test::differences(before, after);
      if (!found.empty()) tell(sql, found);
    }
    return after;
  }

  static void tell(const std::string& what, const std::vector<std::string>& found) {
    std::fprintf(stderr, "gate_state: %s\n", what.c_str());
    for (const auto& difference : found) std::fprintf(stderr, "    %s\n", difference.c_str());
  }

  // Whether the gate let it through.
  bool ask(const std::string& sql, Count* count) {
    watch::AskingOptions options{
        .name = "proof", .target = {.conninfo_without_password = server_.conninfo()}, .timeout = kTimeout};
    std::optional<std::expected<watch::Answer, watch::Unanswered>> answer;
    asio::co_spawn(loop_.context(), watch::ask_read_only(std::move(options), sql, workers_, clock_),
                   [&](std::exception_ptr thrown, std::expected<watch::Answer, watch::Unanswered> got) {
                     EXPECT_FALSE(thrown);
                     answer.emplace(std::move(got));
                   });
    loop_.finish([&] { return answer.has_value(); });
    const bool accepted = answer->has_value() || !answer->error().refusal;
    if (!count) return accepted;
    if (!accepted)
      ++count->refused;
    else if (answer->has_value())
      ++count->answered;
    else if (answer->error().sqlstate.empty() || answer->error().sqlstate == "57014")
      ++count->stopped;
    else
      ++count->errors;
    count->accepted = count->answered + count->errors;
    return accepted;
  }

  TemporaryPostgres server_;
  std::optional<StateFingerprint> fingerprint_;
  std::vector<Duration> took_;
  WorkerPool workers_{1};
  SystemClock clock_;
  test::Loop loop_;
};

void print(const char* kind, const Count& count) {
  const auto text = [](int number) { return fmt::format("{}", number); };
  print_row({kind, text(count.made), text(count.refused), text(count.accepted), text(count.answered),
             text(count.errors), text(count.stopped), text(count.differences)});
}

int prove(int accepted) {
  Proof proof;
  Sqlsmith sqlsmith(proof.server().conninfo("postgres", "chat_hard"));
  Mutations mutations(proof.server().conninfo());
  const auto by_sqlsmith = proof.run(sqlsmith, accepted / 2);
  const auto by_mutation = proof.run(mutations, accepted - accepted / 2);
  std::printf(
      "Statements through the gate to a server where a superuser runs them, each in a session of its own; a "
      "fingerprint of the "
      "server before and after each %zu (%s in the middle):\n\n",
      kGroup, in_ms(proof.fingerprint_took()).c_str());
  print_head({"made by", "statements", "refused", "accepted", "answered", "ended with an error of the server",
              "stopped by the time limit (not counted as accepted)", "groups that changed anything"});
  print("sqlsmith", by_sqlsmith);
  print("mutation of the reads that must work", by_mutation);
  const bool enough = by_sqlsmith.accepted + by_mutation.accepted >= accepted;
  if (!enough) std::fprintf(stderr, "gate_state: too few statements were accepted\n");
  return enough && by_sqlsmith.differences + by_mutation.differences == 0 && !testing::Test::HasFailure() ? 0
                                                                                                          : 1;
}

}  // namespace
}  // namespace selfheal::prove

int main(int count, char** arguments) {
  testing::InitGoogleTest(&count, arguments);
  int accepted = 2000;
  if (count > 1)
    std::from_chars(arguments[1], arguments[1] + std::string_view(arguments[1]).size(), accepted);
  return selfheal::prove::prove(accepted);
}
