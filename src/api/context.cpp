#include "api/internal/context.h"

#include <fmt/format.h>

#include <boost/algorithm/string/predicate.hpp>
#include <charconv>

namespace selfheal::api {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// Cursors say what they are, so that a page of one list is not asked for with the cursor of nothing.
constexpr std::string_view kCursorPrefix = "before-";

}  // namespace

http::Response answer(const contract::json::value& body, int status) {
  return http::json_response(contract::to_text(body), status);
}

http::Response problem(const Call& call, http::Problem problem) {
  return http::problem_response(call.request, problem);
}

http::Response misfit(const Call& call, std::vector<contract::FieldProblem> problems) {
  http::Problem answer{400, "invalid-input", "The request does not fit", "See errors for what and where."};
  for (auto& p : problems) answer.errors.push_back({std::move(p.pointer), std::move(p.detail)});
  return problem(call, std::move(answer));
}

std::optional<http::Response> stale(const Call& call, std::int64_t rev) {
  const auto* header = call.request.headers.find("If-Match");
  if (!header || *header == "*") return std::nullopt;
  std::string_view wanted = *header;
  if (wanted.starts_with('"') && wanted.ends_with('"') && wanted.size() >= 2)
    wanted = wanted.substr(1, wanted.size() - 2);
  if (whole_number(wanted) == rev) return std::nullopt;
  return problem(call, {412, "revision-changed", "It has changed since you looked",
                        fmt::format("Its revision is {}. Read it again, then decide again.", rev)});
}

std::optional<http::Response> wrong_content_type(const Call& call) {
  std::string_view type = call.request.headers.get("Content-Type");
  type = type.substr(0, type.find(';'));
  if (boost::iequals(type, "application/json")) return std::nullopt;
  return problem(call, {415, "content-type", "This is no JSON", "Send Content-Type: application/json."});
}

Result<IncidentNumber> incident_number(std::string_view text) {
  if (text.starts_with("SH-")) text.remove_prefix(3);
  const auto number = whole_number(text);
  if (!number || *number < 1)
    return failure(ErrorCode::invalid_input, "an incident's id is SH- and a number, such as SH-142");
  return IncidentNumber(*number);
}

Result<int> page_limit(const http::Request& request, int otherwise) {
  const auto* text = request.query_value("limit");
  if (!text) return otherwise;
  const auto number = whole_number(*text);
  if (!number || *number < 1 || *number > kPageRowsMost)
    return failure(ErrorCode::invalid_input, fmt::format("limit is 1 to {}", kPageRowsMost));
  return static_cast<int>(*number);
}

Result<std::optional<std::int64_t>> cursor_of(const http::Request& request) {
  const auto* text = request.query_value("cursor");
  if (!text) return std::optional<std::int64_t>();
  const auto number = text->starts_with(kCursorPrefix)
                          ? whole_number(std::string_view(*text).substr(kCursorPrefix.size()))
                          : std::nullopt;
  if (!number || *number < 1)
    return failure(ErrorCode::invalid_input, "cursor is not the next_cursor of an earlier page");
  return number;
}

std::optional<std::string> cursor_to(std::optional<std::int64_t> before) {
  if (!before) return std::nullopt;
  return fmt::format("{}{}", kCursorPrefix, *before);
}

}  // namespace selfheal::api
