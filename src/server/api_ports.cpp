#include "server/api_ports.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "healing/name.h"
#include "pg/statement.h"
#include "server/doctor.h"
#include "watch/asking.h"

namespace selfheal::server {
namespace {

// While no role is named for it.
constexpr const char* kAsksAsObserver =
    "SQL runs here as the observing role and reads every table that it may read; ask_url in the "
    "configuration names a role of its own, and selfheal doctor prints the statements that make it";

// Of a statement, in the audit trail.
constexpr std::size_t kAuditedSqlBytes = 1000;

// Waits for `work` on the control thread without passing a cancellation on: a client that leaves must not
// stop an act that is under way.
template <class T>
Task<T> undisturbed(asio::any_io_executor control, Task<T> work) {
  co_return co_await asio::co_spawn(
      control, std::move(work), asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable));
}

api::AuditRecord record_of(store::AuditRecord from) {
  return {.sequence = from.sequence,
          .at = from.at,
          .entry = std::move(from.entry),
          .previous_hash = std::move(from.previous_hash),
          .hash = std::move(from.hash)};
}

api::Policy policy_of(store::StoredPolicy from) {
  return {.server = from.policy.server,
          .default_mode = from.policy.default_mode,
          .modes = std::move(from.policy.modes),
          .values = std::move(from.policy.values),
          .version = from.version,
          .paused = from.paused,
          .paused_why = std::move(from.paused_why)};
}

api::ServerState state_of(const Site& site) {
  const auto status = site.status();
  const auto log = site.log();
  return {
      .name = site.options().name,
      .address = site.options().observe.display,
      .state = to_word(status.state),
      .state_why = status.why,
      .since = status.since,
      .version = status.server_version,
      .can_observe = status.can_observe,
      .sees_all_sessions = status.sees_all_sessions,
      .can_act = status.can_act,
      .act_why = status.act_why,
      .log_directory = log.directory.string(),
      .log_why = log.directory.empty() && log.why.empty() ? "it is not known yet where the log is" : log.why};
}

// Events of one server by fingerprint, as the tail does it.
std::vector<Sighting> aggregated(const std::vector<Sighting>& named, const ServerId& server) {
  std::vector<Sighting> sightings;
  for (const auto& one : named) {
    if (one.exemplar.server != server) continue;
    const auto same = std::ranges::find(sightings, one.name.fingerprint,
                                        [](const Sighting& s) { return s.name.fingerprint; });
    if (same == sightings.end()) {
      sightings.push_back(one);
      continue;
    }
    same->keys.insert(same->keys.end(), one.keys.begin(), one.keys.end());
    same->first_seen = std::min(same->first_seen, one.first_seen);
    same->last_seen = std::max(same->last_seen, one.last_seen);
  }
  return sightings;
}

// What filing said of one event: its incident when its key was counted.
api::ReportedEvent reported(const Sighting& one, const std::vector<Filed>& news) {
  for (const auto& filed : news)
    if (std::ranges::find(filed.sighting.keys, one.keys.front()) != filed.sighting.keys.end())
      return {.counted = true, .incident = filed.incident.number};
  return {};
}

}  // namespace

Task<IncidentPage> BookOverStore::incidents(IncidentFilter filter, Deadline deadline) {
  auto page = co_await options_.store.reader().incidents(std::move(filter), deadline);
  co_return page;
}

Task<Incident> BookOverStore::incident(IncidentNumber number, Deadline deadline) {
  return options_.store.incidents().find(number, deadline);
}

Task<api::IncidentFile> BookOverStore::incident_file(IncidentNumber number, Deadline deadline) {
  CO_TRY(auto detail, co_await options_.store.reader().incident(number, deadline));
  co_return api::IncidentFile{.incident = std::move(detail.incident),
                              .merged_into = detail.merged_into,
                              .timeline = std::move(detail.timeline),
                              .evidence = std::move(detail.evidence),
                              .treatments = std::move(detail.treatments)};
}

Task<std::vector<Treatment>> BookOverStore::treatments(int limit, Deadline deadline) {
  store::TreatmentFilter newest;
  newest.limit = limit;
  CO_TRY(auto page, co_await options_.store.reader().treatments(std::move(newest), deadline));
  co_return std::move(page.items);
}

Task<std::vector<api::Occurrence>> BookOverStore::occurrences(IncidentNumber number, Deadline deadline) {
  CO_TRY(auto rows, co_await options_.store.reader().sightings(number, deadline));
  std::vector<api::Occurrence> occurrences;
  for (auto& row : rows)
    occurrences.push_back({.first_seen = row.first_seen,
                           .last_seen = row.last_seen,
                           .count = row.count,
                           .message = std::move(row.redacted_message),
                           .statement = std::move(row.statement_shape)});
  co_return occurrences;
}

Task<std::map<IncidentState, std::int64_t>> BookOverStore::counts_by_state(Deadline deadline) {
  return options_.store.reader().counts_by_state(deadline);
}

Task<api::AuditPage> BookOverStore::audit(std::optional<std::int64_t> before, int limit, Deadline deadline) {
  CO_TRY(auto page, co_await options_.store.reader().audit(before, limit, deadline));
  api::AuditPage answer{.next = page.next};
  for (auto& item : page.items) answer.items.push_back(record_of(std::move(item)));
  co_return answer;
}

Task<api::AuditCheck> BookOverStore::verify_audit(Deadline deadline) {
  CO_TRY(auto check, co_await options_.store.reader().verify_audit(deadline));
  co_return api::AuditCheck{
      .records = check.records, .broken_at = check.broken_at, .reason = std::move(check.reason)};
}

Task<api::StoreHealth> BookOverStore::health(Deadline deadline) {
  CO_TRY(const auto health, co_await options_.store.reader().health(deadline));
  co_return api::StoreHealth{.size_bytes = health.size_bytes, .size_cap_bytes = health.size_cap_bytes};
}

Task<std::vector<api::ReportedEvent>> BookOverStore::file_reports(std::vector<ErrorEvent> events,
                                                                  Deadline deadline) {
  auto named = co_await on_worker(options_.workers, [events = std::move(events)]() mutable {
    std::vector<Sighting> sightings;
    for (auto& event : events) sightings.push_back(healing::sighting_of(std::move(event)));
    return sightings;
  });
  std::vector<ServerId> servers;
  for (const auto& one : named)
    if (std::ranges::find(servers, one.exemplar.server) == servers.end())
      servers.push_back(one.exemplar.server);
  std::vector<Filed> all;
  for (const auto& server : servers) {
    auto sightings = aggregated(named, server);
    CO_TRY(auto news, co_await options_.store.incidents().file(server, std::move(sightings), deadline));
    all.insert(all.end(), news.begin(), news.end());
    options_.sites.healer().consider(std::move(news));
  }
  std::vector<api::ReportedEvent> answers;
  for (const auto& one : named) answers.push_back(reported(one, all));
  co_return answers;
}

std::vector<api::ServerState> AdministrationOverStore::servers() const {
  std::vector<api::ServerState> states;
  for (const auto* site : options_.sites.all()) states.push_back(state_of(*site));
  return states;
}

std::optional<Recording> AdministrationOverStore::recorded(const ServerId& name) const {
  const auto* site = options_.sites.find(name);
  if (site == nullptr) return std::nullopt;
  return site->server().recorded();
}

Task<std::vector<api::Examined>> AdministrationOverStore::examine(api::NewServer server, Deadline) {
  CO_TRY(auto observe, pg::parse_connection_string(server.url.reveal_to_client()));
  ExaminedRoles roles{.observe = observe, .act = std::nullopt, .ask = std::nullopt};
  if (server.act && server.act_url.empty()) roles.act = std::move(observe);
  if (server.act && !server.act_url.empty()) {
    CO_TRY(roles.act, pg::parse_connection_string(server.act_url.reveal_to_client()));
  }
  auto examination = co_await on_worker(
      options_.workers, [name = std::move(server.name), roles = std::move(roles), &clock = options_.clock] {
        return server::examine(name, roles, clock);
      });
  std::vector<api::Examined> checks;
  for (auto& check : examination.checks)
    checks.push_back({.name = std::move(check.name),
                      .finding = to_word(check.finding),
                      .detail = std::move(check.detail),
                      .fix = std::move(check.fix)});
  co_return checks;
}

StatusTask AdministrationOverStore::add_server(api::NewServer server, std::string actor, Deadline) {
  DatabaseConfig database{.name = std::move(server.name),
                          .url = std::move(server.url),
                          .act_url = std::move(server.act_url),
                          .log_directory = std::move(server.log_directory),
                          .act = server.act};
  return undisturbed(options_.control, options_.sites.add(std::move(database), std::move(actor)));
}

StatusTask AdministrationOverStore::remove_server(ServerId name, std::string actor, Deadline) {
  return undisturbed(options_.control, options_.sites.remove(std::move(name), std::move(actor)));
}

Task<std::vector<api::Policy>> AdministrationOverStore::policies(Deadline deadline) {
  CO_TRY(auto stored, co_await options_.store.administration().policies(deadline));
  std::vector<api::Policy> policies;
  for (auto& policy : stored) policies.push_back(policy_of(std::move(policy)));
  co_return policies;
}

Task<api::Policy> AdministrationOverStore::set_policy(api::Policy policy, std::string actor,
                                                      Deadline deadline) {
  store::PolicyEdit edit{.server = std::move(policy.server),
                         .default_mode = policy.default_mode,
                         .modes = std::move(policy.modes),
                         .values = std::move(policy.values)};
  CO_TRY(auto stored, co_await options_.store.administration().set_policy(std::move(edit), policy.version,
                                                                          std::move(actor), deadline));
  co_return policy_of(std::move(stored));
}

StatusTask AdministrationOverStore::pause(std::optional<ServerId> server, std::string why, std::string actor,
                                          Deadline deadline) {
  return options_.store.administration().pause(std::move(server), std::move(why), std::move(actor), deadline);
}

StatusTask AdministrationOverStore::resume(std::optional<ServerId> server, std::string actor,
                                           Deadline deadline) {
  return options_.store.administration().resume(std::move(server), std::move(actor), deadline);
}

Task<healing::Outcome> ClinicOverHealer::approve(ServerId server, IncidentNumber number, std::string plan_id,
                                                 std::string plan_hash, healing::Principal person) {
  return undisturbed(options_.control,
                     options_.sites.healer().approve(std::move(server), number, std::move(plan_id),
                                                     std::move(plan_hash), std::move(person)));
}

Task<healing::Outcome> ClinicOverHealer::reconsider(ServerId server, IncidentNumber number,
                                                    std::string person) {
  healing::AuditEntry entry{.actor = std::move(person),
                            .what = "asked for a remedy",
                            .subject = to_text(number),
                            .text = "looked at again; asking never acts"};
  CO_TRY_OK(co_await options_.store.audit().record(std::move(entry),
                                                   options_.clock.deadline_in(healing::kStoreTimeout)));
  // What it writes down is to be whole, too.
  co_return co_await undisturbed(options_.control,
                                 options_.sites.healer().reconsider(std::move(server), number));
}

Task<Incident> ClinicOverHealer::take(ServerId server, IncidentNumber number, std::string person) {
  return options_.sites.healer().take(std::move(server), number, std::move(person));
}

Task<Incident> ClinicOverHealer::note(ServerId server, IncidentNumber number, std::string person,
                                      std::string text) {
  return options_.sites.healer().note(std::move(server), number, std::move(person), std::move(text));
}

Task<Incident> ClinicOverHealer::set_state(ServerId server, IncidentNumber number, IncidentState state,
                                           std::string person, std::string why) {
  return options_.sites.healer().set_state(std::move(server), number, state, std::move(person),
                                           std::move(why));
}

Task<api::SqlAnswer> ConsoleOverSites::run(ServerId server, std::string sql, std::string actor,
                                           Deadline deadline) {
  const auto* site = options_.sites.find(server);
  if (site == nullptr) co_return failure(ErrorCode::not_found, "it is not watched");
  healing::AuditEntry entry{.actor = std::move(actor),
                            .what = "asked",
                            .subject = server.value(),
                            .text = std::string(pg::shape_of(sql).substr(0, kAuditedSqlBytes))};
  CO_TRY_OK(co_await options_.store.audit().record(std::move(entry), deadline));
  const auto& site_options = site->options();
  watch::AskingOptions asking{.name = server.value(),
                              .target = site_options.ask ? *site_options.ask : site_options.observe};
  auto answer =
      co_await watch::ask_read_only(std::move(asking), std::move(sql), options_.workers, options_.clock);
  if (answer)
    co_return api::SqlAnswer{.problem = {},
                             .columns = std::move(answer->columns),
                             .rows = std::move(answer->rows),
                             .is_cut = answer->is_cut,
                             .took = answer->took,
                             .notice = site_options.ask ? "" : kAsksAsObserver};
  auto& why = answer.error();
  api::SqlProblem problem{.is_refused = why.refusal.has_value(),
                          .message = std::move(why.message),
                          .position = why.position,
                          .sqlstate = std::move(why.sqlstate)};
  if (why.refusal) {
    problem.rule = std::move(why.refusal->rule);
    problem.word = std::move(why.refusal->word);
    problem.instead = std::move(why.refusal->instead);
  }
  co_return api::SqlAnswer{.problem = std::move(problem)};
}

}  // namespace selfheal::server
