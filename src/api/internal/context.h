#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/api.h"
#include "api/internal/idempotency.h"
#include "api/internal/metrics.h"
#include "api/internal/runs.h"
#include "api/sessions.h"
#include "contract/json.h"
#include "http/message.h"

namespace selfheal::api {

// What handlers share.
struct Context {
  Parts parts;
  Options options;
  std::string description = {};  // openapi.json
  Metrics metrics = {};
  Idempotency idempotency = {};
  Sessions sessions = {};
  Runs runs = {};
  int tool_calls = 0;  // over MCP, so that each has a name of its own: Q1, Q2 …
};

// One request on its way through a handler. All of it lives until the handler has ended.
struct Call {
  Context& context;
  http::Request& request;
  const Caller& caller;
  Deadline deadline;
};

// An Error becomes the problem that http::problem_of makes of it.
using Handle = Task<http::Response> (*)(Call call);
// Sends events; what it returns counts only while it has sent none.
using Tell = Task<http::Response> (*)(Call call, http::EventStream& events);

http::Response answer(const contract::json::value& body, int status = 200);
http::Response problem(const Call& call, http::Problem problem);
// 400 with the places of what does not fit.
http::Response misfit(const Call& call, std::vector<contract::FieldProblem> problems);

// The body as a struct, or the answer that refuses it. No body reads as an empty object.
template <class T>
std::expected<T, http::Response> body_of(const Call& call);

// Nothing, or the 412 when If-Match names another revision.
std::optional<http::Response> stale(const Call& call, std::int64_t rev);

// "SH-142" or "142".
Result<IncidentNumber> incident_number(std::string_view text);
// `limit` of the query; `otherwise` without one.
Result<int> page_limit(const http::Request& request, int otherwise = kPageRows);
// What `next_cursor` said; nothing without one. Cursors are ours alone: what they hold may change.
Result<std::optional<std::int64_t>> cursor_of(const http::Request& request);
std::optional<std::string> cursor_to(std::optional<std::int64_t> before);

// Why the body cannot be read at all: not application/json.
std::optional<http::Response> wrong_content_type(const Call& call);

template <class T>
std::expected<T, http::Response> body_of(const Call& call) {
  const bool empty = call.request.body.empty();
  if (!empty)
    if (auto refused = wrong_content_type(call)) return std::unexpected(*std::move(refused));
  auto parsed = contract::from_text<T>(empty ? "{}" : call.request.body, contract::Reading::strict);
  if (!parsed.problems.empty()) return std::unexpected(misfit(call, std::move(parsed.problems)));
  return std::move(parsed.value);
}

}  // namespace selfheal::api
