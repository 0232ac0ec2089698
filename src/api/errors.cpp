#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "api/internal/handlers.h"
#include "api/internal/report.h"

// Applications report errors themselves.
namespace selfheal::api {
namespace {

// Whether the body is one report or many; nothing when it is neither.
std::optional<bool> holds_many(const http::Request& request) {
  auto type = request.headers.get("Content-Type");
  type = type.substr(0, type.find(';'));
  if (boost::iequals(type, "application/json")) return false;
  if (boost::iequals(type, "application/x-ndjson")) return true;
  return std::nullopt;
}

ReportRules rules_of(const Call& call) {
  auto& parts = call.context.parts;
  ReportRules rules{.servers = {}, .now = parts.clock.now(), .batch = {}};
  for (const auto& server : parts.administration.servers()) rules.servers.push_back(server.name.value());
  const auto* key = call.request.headers.find("Idempotency-Key");
  rules.batch = key ? fmt::format("api-{}", sha256_hex(call.caller.key() + "\n" + *key).substr(0, 32))
                    : fmt::format("api-{:016x}{:016x}", parts.random.next(), parts.random.next());
  return rules;
}

void add_filed(contract::ReportResult& result, const ReportedEvent& filed) {
  if (filed.incident) result.incident = to_text(*filed.incident);
  result.status = filed.counted ? "filed" : filed.incident ? "repeated" : "ignored";
}

Task<contract::ReportAnswer> filed(Call call, std::vector<ReportLine> lines) {
  std::vector<ErrorEvent> events;
  for (const auto& line : lines)
    if (line.event) events.push_back(*line.event);
  std::vector<ReportedEvent> fates;
  if (!events.empty()) {
    CO_TRY(fates, co_await call.context.parts.book.file_reports(events, call.deadline));
  }
  contract::ReportAnswer view;
  std::size_t next = 0;
  for (auto& line : lines) {
    auto& result =
        view.results.emplace_back(contract::ReportResult{.line = line.number, .status = "rejected"});
    result.errors = std::move(line.errors);
    if (line.event && next < fates.size()) add_filed(result, fates[next++]);
    ++(line.event ? view.accepted : view.rejected);
  }
  co_return view;
}

}  // namespace

Task<http::Response> report_errors(Call call) {
  const auto many = holds_many(call.request);
  if (!many)
    co_return problem(call, {415, "content-type", "This is no JSON",
                             "Send one report as application/json, or one a line as application/x-ndjson."});
  CO_TRY(auto lines, read_reports(call.request.body, *many, rules_of(call)));
  auto& metrics = call.context.metrics;
  if (!*many && !lines[0].event) {
    metrics.count_reports(0, 1);
    co_return misfit(call, std::move(lines[0].errors));
  }
  CO_TRY(const auto view, co_await filed(call, std::move(lines)));
  metrics.count_reports(view.accepted, view.rejected);
  co_return answer(contract::to_json(view));
}

}  // namespace selfheal::api
