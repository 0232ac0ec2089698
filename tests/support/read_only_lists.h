#pragma once

#include <boost/json/parse.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// The lists of statements that the read-only gate refuses, and of reads that it lets through, with the
// database they are meant for: tests/reference/readonly_*.
namespace selfheal::test {

inline constexpr const char* kAttackLists[] = {"readonly_attacks.tsv", "readonly_attacks_more.tsv"};
inline constexpr const char* kReadLists[] = {"readonly_legit.tsv", "readonly_legit_more.tsv"};

struct ListedStatement {
  std::string id, category, expected, sql;
};

inline std::filesystem::path read_only_reference() {
  const char* source = std::getenv("SELFHEAL_SOURCE_DIR");
  return std::filesystem::path(source ? source : ".") / "tests/reference";
}

inline std::string read_only_text(const char* file) {
  std::ostringstream text;
  text << std::ifstream(read_only_reference() / file).rdbuf();
  return text.str();
}

// Run as superuser in an empty database with pg_stat_statements preloaded.
inline std::string read_only_fixture() {
  return read_only_text("readonly_fixture.sql") +
         "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;"
         "GRANT EXECUTE ON FUNCTION pg_stat_statements(boolean), similarity(text,text), "
         "similarity_dist(text,text) TO chat_hard;" +
         read_only_text("readonly_more_fixture.sql");
}

// A cell is raw text, @json:"…" or @repeat:{pre, unit, n, mid, unit2, post}.
inline std::string unfolded(const std::string& cell) {
  if (cell.starts_with("@json:")) return std::string(boost::json::parse(cell.substr(6)).as_string());
  if (!cell.starts_with("@repeat:")) return cell;
  const auto value = boost::json::parse(cell.substr(8));
  const auto& parts = value.as_object();
  const auto part = [&](const char* key) { return std::string(parts.at(key).as_string()); };
  const auto n = parts.at("n").as_int64();
  auto sql = part("pre");
  for (std::int64_t i = 0; i < n; ++i) sql += part("unit");
  sql += part("mid");
  for (std::int64_t i = 0; i < n; ++i) sql += part("unit2");
  return sql + part("post");
}

inline std::vector<ListedStatement> listed_statements(const char* file) {
  std::istringstream in(read_only_text(file));
  std::vector<ListedStatement> rows;
  std::string line, cell;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    ListedStatement row;
    std::getline(fields, row.id, '\t');
    std::getline(fields, row.category, '\t');
    std::getline(fields, row.expected, '\t');
    std::getline(fields, cell, '\t');
    row.sql = unfolded(cell);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace selfheal::test
