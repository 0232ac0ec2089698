// sql: one statement that only reads, against a watched server.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <istream>
#include <ostream>

#include "cli/internal/commands.h"
#include "contract/sql.h"

namespace selfheal::cli {
namespace {

// More than the gate takes: it says how much that is.
constexpr std::size_t kMostBytes = 1u << 20;

Answer<std::string> read_some(std::istream& in, const std::string& name) {
  std::string text(kMostBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return std::unexpected(Trouble{kFailed, fmt::format("cannot read {}", name)});
  return text;
}

Answer<std::string> statement_of(const Invocation& invocation) {
  const auto& arguments = invocation.arguments;
  if (auto text = arguments.text("--command"); !text.empty()) return text;
  const auto name = arguments.text("--file");
  if (name.empty() && invocation.streams.in_is_terminal)
    return std::unexpected(Trouble{kUsage, "sql needs -c SQL, -f FILE, or a statement on standard input",
                                   "selfheal sql -c 'SELECT count(*) FROM orders'"});
  if (name.empty() || name == "-") return read_some(invocation.streams.in, "standard input");
  std::ifstream file(name, std::ios::binary);
  if (!file) return std::unexpected(Trouble{kFailed, fmt::format("cannot open {}", name)});
  return read_some(file, name);
}

// RFC 4180. NULL is nothing between two commas, an empty text is "".
std::string csv_field(const std::optional<std::string>& value) {
  if (!value) return {};
  if (!value->empty() && value->find_first_of(",\"\r\n") == value->npos) return *value;
  std::string quoted = "\"";
  for (const char c : *value) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string csv_of(const contract::SqlResult& result) {
  std::string text;
  const auto add = [&text](std::size_t at, const std::optional<std::string>& value) {
    text += (at > 0 ? "," : "") + csv_field(value);
  };
  for (std::size_t at = 0; at < result.columns.size(); ++at) add(at, result.columns[at]);
  text += "\r\n";
  for (const auto& row : result.rows) {
    for (std::size_t at = 0; at < row.size(); ++at) add(at, row[at]);
    text += "\r\n";
  }
  return text;
}

std::string table_of(const contract::SqlResult& result, const Style& style) {
  std::vector<Column> columns;
  for (const auto& name : result.columns) columns.push_back({.title = safe_text(name), .text = true});
  Table table(std::move(columns));
  for (const auto& row : result.rows) {
    std::vector<std::string> cells;
    for (const auto& cell : row) cells.push_back(cell.value_or("NULL"));
    table.add(std::move(cells));
  }
  return table.print(style, true);
}

}  // namespace

Answer<int> sql(Invocation& invocation) {
  TRY(const auto statement, statement_of(invocation));
  Api api(invocation, {{kNotFound, "selfheal db list"}});
  boost::json::object request{{"sql", statement}};
  if (const auto server = invocation.arguments.text("--db"); !server.empty()) request["server"] = server;
  TRY(const auto body, api.post("/sql", boost::json::serialize(request)));
  if (invocation.global.json) {
    print_json(invocation, body);
    return kOk;
  }
  TRY(const auto result, api.read<contract::SqlResult>(body));
  const Style style(invocation);
  const bool csv = invocation.arguments.has("--csv");
  print(invocation, csv ? csv_of(result) : table_of(result, style));
  if (!result.notice.empty()) invocation.streams.err << fmt::format("selfheal: {}\n", result.notice);
  if (result.is_cut)
    invocation.streams.err << fmt::format("selfheal: cut after {} rows; narrow the statement\n",
                                          result.rows.size());
  else if (style.terminal())
    invocation.streams.err << fmt::format("{} row{}, {:.0f} ms\n", result.rows.size(),
                                          result.rows.size() == 1 ? "" : "s", result.took_ms);
  return kOk;
}

}  // namespace selfheal::cli
