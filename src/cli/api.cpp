#include "cli/internal/api.h"

#include <ostream>
#include <ranges>
#include <utility>

#include "contract/page.h"

namespace selfheal::cli {
namespace {

constexpr std::string_view kBase = "/api/v1";

// A 403 of policy is another thing than one of rights: the first needs a person's decision, the second a
// login.
int exit_code_of(int status, std::string_view type) {
  switch (status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return kUsage;
    case 401:
      return kNotAllowed;
    case 403:
      return type == "/problems/refused" ? kRefused : kNotAllowed;
    case 404:
      return kNotFound;
    case 409:
    case 412:
      return kConflict;
    case 429:
    case 502:
    case 503:
    case 504:
      return kUnreachable;
    default:
      return kFailed;
  }
}

// The places say more than the detail, which only points to them.
std::string sentence_of(const contract::Problem& problem) {
  if (problem.errors.empty()) return problem.detail.empty() ? problem.title : problem.detail;
  auto text = problem.title;
  for (const auto& error : problem.errors) {
    text +=
        fmt::format("{} {} {}", &error == &problem.errors.front() ? ":" : ";", error.pointer, error.detail);
  }
  return text;
}

}  // namespace

Api::Api(const Invocation& invocation, Advice advice)
    : server_(invocation.global.server),
      advice_(std::move(advice)),
      client_(http::ClientOptions{.address = invocation.global.server, .token = invocation.global.token}) {
  advice_.try_emplace(kNotAllowed, "SELFHEAL_TOKEN=… selfheal " + invocation.command);
}

Answer<std::string> Api::send(http::ClientRequest request) {
  request.target = fmt::format("{}{}", kBase, request.target);
  auto response = client_.send(request);
  if (!response) return std::unexpected(trouble_of(response.error()));
  const bool not_ready = response->status == 503 && response->content_type.starts_with("application/json");
  if (response->status / 100 != 2 && !not_ready) return std::unexpected(trouble_of(*response));
  return std::move(response->body);
}

Answer<http::Response> Api::send_as_is(http::ClientRequest request) {
  auto response = client_.send(request);
  if (!response) return std::unexpected(trouble_of(response.error()));
  return *std::move(response);
}

std::string Api::reason_of(const http::Response& response) {
  const auto parsed = contract::from_text<contract::Problem>(response.body, contract::Reading::lenient);
  if (response.content_type.starts_with("application/problem+json") && parsed.problems.empty())
    return fmt::format("{}: {}", parsed.value.title, sentence_of(parsed.value));
  return fmt::format("the server answered {}", response.status);
}

Answer<std::string> Api::get(std::string_view path) { return send({.target = std::string(path)}); }

Answer<std::string> Api::post(std::string_view path, std::string json) {
  return send({.method = "POST", .target = std::string(path), .headers = {}, .body = std::move(json)});
}

Answer<void> Api::events(const std::function<bool(const http::SseEvent&)>& on_event,
                         const std::string& last_id) {
  http::ClientRequest request{.target = "/events"};
  if (!last_id.empty()) request.headers.set("Last-Event-ID", last_id);
  return tell(std::move(request), on_event);
}

Answer<void> Api::tell(http::ClientRequest request,
                       const std::function<bool(const http::SseEvent&)>& on_event) {
  request.target = fmt::format("{}{}", kBase, request.target);
  const auto response = client_.stream(request, on_event);
  if (!response) return std::unexpected(trouble_of(response.error()));
  if (response->status / 100 != 2) return std::unexpected(trouble_of(*response));
  return {};
}

Trouble Api::with_advice(Trouble trouble) const {
  const auto advice = advice_.find(trouble.exit_code);
  if (advice != advice_.end()) trouble.try_instead = advice->second;
  return trouble;
}

Trouble Api::trouble_of(const Error& error) const {
  const auto code = error.code == ErrorCode::invalid_input ? kUsage
                    : error.code == ErrorCode::cancelled   ? kInterrupted
                                                           : kUnreachable;
  return with_advice(
      {.exit_code = code,
       .what = code == kUsage ? error.message : fmt::format("cannot reach {}: {}", server_, error.message),
       .try_instead = code == kUnreachable ? "selfheal serve" : ""});
}

Trouble Api::trouble_of(const http::Response& response) const {
  const auto parsed = contract::from_text<contract::Problem>(response.body, contract::Reading::lenient);
  const bool is_problem =
      response.content_type.starts_with("application/problem+json") && parsed.problems.empty();
  if (!is_problem) {
    return with_advice({.exit_code = exit_code_of(response.status, ""),
                        .what = fmt::format("{} answered {}", server_, response.status)});
  }
  // It answers, so it runs: what cannot be reached is behind it.
  const auto code = exit_code_of(response.status, parsed.value.type);
  return with_advice({.exit_code = code,
                      .what = sentence_of(parsed.value),
                      .try_instead = code == kUnreachable ? "selfheal status" : "",
                      .problem = response.body});
}

Trouble Api::unreadable(const contract::FieldProblem& problem) const {
  return {.exit_code = kFailed,
          .what = fmt::format("{} answered what this version cannot read: {} {}", server_, problem.pointer,
                              problem.detail),
          .try_instead = "selfheal version"};
}

std::string path_of(std::string_view collection, std::string_view id) {
  auto path = fmt::format("/{}", collection);
  for (const auto segment : std::views::split(id, '/')) {
    path += "/" + http::percent_encoded(std::string_view(segment));
  }
  return path;
}

std::string query_of(const std::vector<std::pair<std::string, std::string>>& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    text += fmt::format("{}{}={}", text.empty() ? '?' : '&', name, http::percent_encoded(value));
  }
  return text;
}

void print(const Invocation& invocation, std::string_view text) {
  if (!invocation.global.quiet) invocation.streams.out << text << std::flush;
}

int print_json(const Invocation& invocation, std::string_view body) {
  print(invocation, body);
  if (!body.ends_with('\n')) print(invocation, "\n");
  return kOk;
}

std::function<int(Invocation&)> reporting(Answer<int> (*command)(Invocation&)) {
  return [command](Invocation& invocation) {
    const auto answer = command(invocation);
    return answer ? *answer : report(invocation, answer.error());
  };
}

}  // namespace selfheal::cli
