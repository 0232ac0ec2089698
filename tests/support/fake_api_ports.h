#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/ports.h"
#include "support/fake_console.h"

namespace selfheal::test {

// A book in memory. `down` makes every call fail as a store that cannot be reached does.
class FakeBook final : public api::Book {
 public:
  std::map<IncidentNumber, api::IncidentFile> files;
  std::vector<api::AuditRecord> records;
  std::vector<ErrorEvent> reported;
  std::vector<api::Occurrence> seen;
  bool down = false;
  // Awaited before reports are filed, so that a test can hold a request in flight.
  std::function<asio::awaitable<void>()> before_filing;

  Task<IncidentPage> incidents(IncidentFilter filter, Deadline) override {
    if (down) co_return unreachable();
    asked = filter;
    IncidentPage page;
    for (auto file = files.rbegin(); file != files.rend(); ++file) {
      if (filter.before && !(file->first < *filter.before)) continue;
      if (page.items.size() == static_cast<std::size_t>(filter.limit)) {
        page.next = page.items.back().number;
        break;
      }
      page.items.push_back(file->second.incident);
    }
    co_return page;
  }
  Task<Incident> incident(IncidentNumber number, Deadline deadline) override {
    CO_TRY(auto file, co_await incident_file(number, deadline));
    co_return file.incident;
  }
  Task<std::vector<Treatment>> treatments(int limit, Deadline) override {
    std::vector<Treatment> found;
    for (auto file = files.rbegin(); file != files.rend(); ++file)
      for (const auto& treatment : file->second.treatments)
        if (std::ssize(found) < limit) found.push_back(treatment);
    co_return found;
  }
  Task<api::IncidentFile> incident_file(IncidentNumber number, Deadline) override {
    if (down) co_return unreachable();
    const auto found = files.find(number);
    if (found == files.end()) co_return failure(ErrorCode::not_found, "there is no such incident");
    co_return found->second;
  }
  Task<std::vector<api::Occurrence>> occurrences(IncidentNumber, Deadline) override { co_return seen; }
  Task<std::map<IncidentState, std::int64_t>> counts_by_state(Deadline) override {
    if (down) co_return unreachable();
    std::map<IncidentState, std::int64_t> counts;
    for (const auto& [_, file] : files) ++counts[file.incident.state];
    co_return counts;
  }
  Task<api::AuditPage> audit(std::optional<std::int64_t> before, int limit, Deadline) override {
    if (down) co_return unreachable();
    api::AuditPage page;
    for (const auto& record : records) {
      if (before && record.sequence >= *before) continue;
      if (page.items.size() == static_cast<std::size_t>(limit)) {
        page.next = page.items.back().sequence;
        break;
      }
      page.items.push_back(record);
    }
    co_return page;
  }
  Task<api::AuditCheck> verify_audit(Deadline) override {
    co_return api::AuditCheck{.records = static_cast<std::int64_t>(records.size()), .broken_at = {}};
  }
  Task<api::StoreHealth> health(Deadline) override {
    if (down) co_return unreachable();
    co_return api::StoreHealth{.size_bytes = 10, .size_cap_bytes = 100};
  }
  // Every key once; `none` events are recognised by their SQLSTATE class 00.
  Task<std::vector<api::ReportedEvent>> file_reports(std::vector<ErrorEvent> events, Deadline) override {
    if (before_filing) co_await before_filing();
    if (down) co_return unreachable();
    std::vector<api::ReportedEvent> fates;
    for (auto& event : events) {
      if (event.sqlstate.starts_with("00")) {
        fates.push_back({});
        continue;
      }
      fates.push_back({.counted = keys_.insert(event.key).second, .incident = IncidentNumber(7)});
      reported.push_back(std::move(event));
    }
    co_return fates;
  }

  std::optional<IncidentFilter> asked;

 private:
  static std::unexpected<Error> unreachable() {
    return failure(ErrorCode::unavailable, "the store cannot be reached");
  }
  std::set<EventKey> keys_;
};

class FakeAdministration final : public api::Administration {
 public:
  std::vector<api::ServerState> watched;
  Recording recording;
  std::vector<api::Policy> stored{{.server = {}, .default_mode = ActionMode::approve}};
  std::vector<std::string> actors;

  std::vector<api::ServerState> servers() const override { return watched; }
  std::optional<Recording> recorded(const ServerId&) const override { return recording; }
  Task<std::vector<api::Examined>> examine(api::NewServer server, Deadline) override {
    if (server.url.reveal_to_client().starts_with("mysql"))
      co_return failure(ErrorCode::invalid_input, "url: not a PostgreSQL URL");
    co_return std::vector<api::Examined>{
        {.name = "signal", .finding = "problem", .fix = "GRANT pg_signal_backend TO selfheal;"}};
  }
  StatusTask add_server(api::NewServer server, std::string actor, Deadline) override {
    if (server.url.reveal_to_client().starts_with("mysql"))
      co_return failure(ErrorCode::invalid_input, "url: not a PostgreSQL URL");
    watched.push_back({.name = ServerId(server.name), .state = "connecting"});
    actors.push_back(std::move(actor));
    co_return Status{};
  }
  StatusTask remove_server(ServerId name, std::string actor, Deadline) override {
    std::erase_if(watched, [&](const auto& server) { return server.name == name; });
    actors.push_back(std::move(actor));
    co_return Status{};
  }
  Task<std::vector<api::Policy>> policies(Deadline) override { co_return stored; }
  Task<api::Policy> set_policy(api::Policy policy, std::string actor, Deadline) override {
    ++policy.version;
    std::erase_if(stored, [&](const auto& other) { return other.server == policy.server; });
    stored.push_back(policy);
    actors.push_back(std::move(actor));
    co_return policy;
  }
  StatusTask pause(std::optional<ServerId>, std::string why, std::string, Deadline) override {
    stored.front().paused = true;
    stored.front().paused_why = std::move(why);
    co_return Status{};
  }
  StatusTask resume(std::optional<ServerId>, std::string, Deadline) override {
    stored.front().paused = false;
    co_return Status{};
  }
};

// Carries nothing out; changes the state in the book it was given.
class FakeClinic final : public api::Clinic {
 public:
  explicit FakeClinic(FakeBook& book) : book_(book) {}
  std::optional<Error> refusal;
  std::vector<std::string> heard;

  Task<healing::Outcome> approve(ServerId, IncidentNumber number, std::string plan_id, std::string,
                                 healing::Principal person) override {
    heard.push_back(person.name + " approves " + plan_id);
    if (refusal) co_return std::unexpected(*refusal);
    co_return healing::Outcome{.word = healing::OutcomeWord::treated,
                               .incident = book_.files.at(number).incident,
                               .reason = "approved"};
  }
  Task<healing::Outcome> reconsider(ServerId, IncidentNumber number, std::string person) override {
    heard.push_back(person + " asks for a remedy");
    if (refusal) co_return std::unexpected(*refusal);
    co_return healing::Outcome{.word = healing::OutcomeWord::watched,
                               .incident = book_.files.at(number).incident,
                               .reason = "a threshold is not reached yet"};
  }
  Task<Incident> take(ServerId, IncidentNumber number, std::string person) override {
    heard.push_back(person + " is on it");
    co_return book_.files.at(number).incident;
  }
  Task<Incident> note(ServerId, IncidentNumber number, std::string person, std::string text) override {
    heard.push_back(person + " notes: " + text);
    co_return book_.files.at(number).incident;
  }
  Task<Incident> set_state(ServerId, IncidentNumber number, IncidentState state, std::string person,
                           std::string why) override {
    heard.push_back(person + " " + to_word(state) + ": " + why);
    if (refusal) co_return std::unexpected(*refusal);
    auto& incident = book_.files.at(number).incident;
    incident.state = state;
    ++incident.rev;
    co_return incident;
  }

 private:
  FakeBook& book_;
};

}  // namespace selfheal::test
