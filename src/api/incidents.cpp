#include <fmt/format.h>

#include <boost/algorithm/string/case_conv.hpp>

#include "api/internal/handlers.h"
#include "api/internal/views.h"
#include "contract/page.h"
#include "healing/playbooks/playbook.h"

// Reading incidents.
namespace selfheal::api {
namespace {

// A model words a page in seconds; the request itself ends at half a minute.
constexpr Duration kWordingTimeout = 25s;
// Nobody types more to find an incident; each row is searched for all of it.
constexpr std::size_t kSearchedBytes = 200;

using contract::FieldProblem;
using contract::to_json;

std::string one_of_words(std::string_view words) { return fmt::format("must be one of {}", words); }

// One parameter of the query into the filter, or what is wrong with it.
std::optional<std::string> take_filter(const std::string& name, const std::string& value,
                                       IncidentFilter& filter) {
  if (name == "state") {
    const auto state = from_word<IncidentState>(value);
    if (!state) return one_of_words("the states of an incident, such as open or awaiting_approval");
    filter.states.push_back(*state);
  } else if (name == "category") {
    filter.category = from_word<Category>(boost::to_lower_copy(value));
    if (!filter.category) return one_of_words("the categories, such as LOCK_CONTENTION");
  } else if (name == "severity") {
    filter.severity = from_word<Severity>(value);
    if (!filter.severity) return one_of_words("low, medium, high");
  } else if (name == "server") {
    filter.server = ServerId(value);
  } else if (name == "since") {
    const auto since = parse_time(value);
    if (!since) return "must be a time such as 2026-11-25T03:40:29Z";
    filter.since = *since;
  } else if (name == "q") {
    if (value.size() > kSearchedBytes) return "is too long to stand in an incident";
    filter.text = value;
  } else if (name == "order") {
    const auto order = from_word<IncidentOrder>(value);
    if (!order) return one_of_words("number, last_seen, events, severity");
    filter.order = *order;
  }
  return std::nullopt;
}

Task<IncidentFile> file_of(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto file = co_await call.context.parts.book.incident_file(number, call.deadline);
  co_return file;
}

// When an incident that is verified counts as healed, as policy has it now.
asio::awaitable<std::optional<Time>> watched_until(Call call, const IncidentFile& file) {
  const auto& incident = file.incident;
  if (incident.state != IncidentState::verifying || !incident.relieved_at || file.treatments.empty())
    co_return std::nullopt;
  const auto* playbook = healing::find_playbook(file.treatments.back().playbook);
  const auto policies = co_await call.context.parts.administration.policies(call.deadline);
  if (playbook == nullptr || !policies) co_return std::nullopt;
  double seconds = playbook->watch_for.value;
  // Of all servers first, then of each.
  for (const auto& policy : *policies) {
    const auto set = policy.values.find(playbook->name + "." + std::string(playbook->watch_for.name));
    if (set != policy.values.end() && (!policy.server || *policy.server == incident.server))
      seconds = set->second;
  }
  co_return *incident.relieved_at + Duration(static_cast<std::int64_t>(seconds * 1e6));
}

assistant::Explanation explained(IncidentFile file, Time now) {
  const assistant::IncidentDetails details{.incident = std::move(file.incident),
                                           .timeline = std::move(file.timeline),
                                           .evidence = std::move(file.evidence),
                                           .treatments = std::move(file.treatments)};
  return assistant::explain(details, now);
}

}  // namespace

Task<http::Response> list_incidents(Call call) {
  IncidentFilter filter;
  std::vector<FieldProblem> problems;
  for (const auto& [name, value] : call.request.query)
    if (auto wrong = take_filter(name, value, filter)) problems.push_back({"/query/" + name, *wrong});
  if (!problems.empty()) co_return misfit(call, std::move(problems));
  CO_TRY(filter.limit, page_limit(call.request));
  CO_TRY(const auto before, cursor_of(call.request));
  const bool by_number = filter.order == IncidentOrder::number;
  if (before && by_number) filter.before = IncidentNumber(*before);
  if (before && !by_number) filter.skip = *before;
  const auto behind = filter.skip + filter.limit;
  CO_TRY(const auto page, co_await call.context.parts.book.incidents(filter, call.deadline));
  contract::Page<contract::Incident> view;
  for (const auto& incident : page.items) view.items.push_back(view_of(incident));
  if (page.next) view.next_cursor = cursor_to(by_number ? page.next->value() : behind);
  co_return answer(to_json(view));
}

Task<http::Response> show_incident(Call call) {
  CO_TRY(const auto file, co_await file_of(call));
  auto view = view_of(file);
  view.similar = co_await similar_for_page(call, file.incident.number);
  view.watched_until = co_await watched_until(call, file);
  auto response = answer(to_json(view));
  response.headers.set("ETag", fmt::format("\"{}\"", file.incident.rev));
  co_return response;
}

Task<http::Response> explain_incident(Call call) {
  CO_TRY(auto file, co_await file_of(call));
  const auto number = file.incident.number;
  auto explanation = explained(std::move(file), call.context.parts.clock.now());
  if (auto* wording = call.context.parts.wording) {
    auto recalled = co_await wording->recall(std::move(explanation), call.deadline);
    co_return answer(to_json(view_of(recalled, number)));
  }
  co_return answer(to_json(view_of(explanation, number)));
}

Task<http::Response> word_explanation(Call call) {
  CO_TRY(auto file, co_await file_of(call));
  const auto number = file.incident.number;
  auto explanation = explained(std::move(file), call.context.parts.clock.now());
  auto* wording = call.context.parts.wording;
  if (wording == nullptr) {
    explanation.notice = "no language model is set up";
    co_return answer(to_json(view_of(explanation, number)));
  }
  const auto deadline = call.context.parts.clock.deadline_in(kWordingTimeout);
  auto worded = co_await wording->word(std::move(explanation), deadline);
  co_return answer(to_json(view_of(worded, number)));
}

Task<http::Response> show_timeline(Call call) {
  CO_TRY(const auto file, co_await file_of(call));
  contract::Page<contract::TimelineEntry> view{.items = view_of(file).timeline, .next_cursor = std::nullopt};
  co_return answer(to_json(view));
}

Task<http::Response> show_evidence(Call call) {
  const auto* wanted = call.request.query_value("raw");
  const bool raw = wanted && *wanted == "true";
  if (wanted && !raw && *wanted != "false") co_return misfit(call, {{"/query/raw", "must be true or false"}});
  if (raw && !may(call.caller, Permission::administer))
    co_return problem(call, {403, "not-allowed", "You may not do this",
                             "Raw rows hold values of the application; administrators may see them."});
  CO_TRY(const auto file, co_await file_of(call));
  contract::Page<contract::EvidenceView> view;
  for (const auto& item : file.evidence.items) view.items.push_back(view_of(item, raw));
  co_return answer(to_json(view));
}

}  // namespace selfheal::api
