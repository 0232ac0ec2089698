// report send: hands errors to Selfheal from a script or a file.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <istream>
#include <ostream>

#include "cli/internal/commands.h"
#include "contract/report.h"

namespace selfheal::cli {
namespace {

// The most that the server takes in one request; a longer file is sent in parts by its owner.
constexpr std::size_t kMostBytes = 4u << 20;

Answer<std::string> read_all(std::istream& in, const std::string& name) {
  std::string text(kMostBytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad()) return std::unexpected(Trouble{kFailed, fmt::format("cannot read {}", name)});
  if (text.size() > kMostBytes) {
    return std::unexpected(
        Trouble{kUsage, fmt::format("{} is larger than {} bytes", name, kMostBytes), "split -C 4M FILE"});
  }
  return text;
}

Answer<std::string> text_of(const Invocation& invocation, const std::string& name) {
  auto& streams = invocation.streams;
  if (name.empty() && streams.in_is_terminal) {
    return std::unexpected(
        Trouble{kUsage, "report send needs --message, or FILE", "selfheal report send --help"});
  }
  if (name.empty() || name == "-") return read_all(streams.in, "standard input");
  std::ifstream file(name, std::ios::binary);
  if (!file) return std::unexpected(Trouble{kFailed, fmt::format("cannot open {}", name)});
  return read_all(file, name);
}

// Only what was said: the server fills in nothing that an empty text would hide.
std::string report_of(const Arguments& arguments) {
  boost::json::object report;
  for (const auto* field : {"message", "sqlstate", "database", "detail", "statement", "application"}) {
    const auto value = arguments.text(fmt::format("--{}", field));
    if (!value.empty()) report[field] = value;
  }
  if (const auto server = arguments.text("--db"); !server.empty()) report["server"] = server;
  return boost::json::serialize(report);
}

bool is_one_object(const std::string& text) {
  const auto value = contract::parse_json(text);
  return value && value->is_object();
}

int print_results(const Invocation& invocation, const contract::ReportAnswer& answer) {
  const Style style(invocation);
  Table table({{.title = "LINE", .right = true},
               {.title = "STATUS"},
               {.title = "INCIDENT"},
               {.title = "WHY", .text = true}});
  for (const auto& result : answer.results) {
    std::string why;
    for (const auto& error : result.errors)
      why += fmt::format("{}{} {}", why.empty() ? "" : "; ", error.pointer, error.detail);
    table.add({fmt::to_string(result.line), result.status, result.incident.value_or(""), why});
  }
  print(invocation, table.print(style, !invocation.global.no_headers));
  return answer.rejected == 0 ? kOk : kProblemsFound;
}

}  // namespace

Answer<int> report_send(Invocation& invocation) {
  const bool from_options = invocation.arguments.has("--message");
  if (from_options && invocation.arguments.has("FILE")) {
    return std::unexpected(
        Trouble{kUsage, "give --message or FILE, not both", "selfheal report send --help"});
  }
  auto text = report_of(invocation.arguments);
  if (!from_options) {
    TRY(text, text_of(invocation, invocation.arguments.text("FILE")));
  }
  const auto type = is_one_object(text) ? "application/json" : "application/x-ndjson";
  Api api(invocation, {{kUsage, "selfheal report send --help"}, {kNotFound, "selfheal db list"}});
  TRY(const auto body,
      api.send({.method = "POST", .target = "/errors", .headers = {}, .body = text, .content_type = type}));
  TRY(const auto answer, api.read<contract::ReportAnswer>(body));
  if (!invocation.global.json) return print_results(invocation, answer);
  print_json(invocation, body);
  return answer.rejected == 0 ? kOk : kProblemsFound;
}

}  // namespace selfheal::cli
