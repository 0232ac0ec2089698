#include "simulation/world.h"

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "healing/name.h"

namespace selfheal::simulation {

using namespace healing;

class Book final : public IncidentBook {
 public:
  explicit Book(World& world) : world_(world) {}
  Task<std::vector<Filed>> file(ServerId, std::vector<Sighting>, Deadline) override {
    co_return std::vector<Filed>{};
  }
  Task<Incident> find(IncidentNumber number, Deadline) override {
    co_await world_.point(false);
    co_return world_.incidents.at(number);
  }
  Task<std::vector<Incident>> unfinished(Deadline) override {
    co_await world_.point(false);
    std::vector<Incident> open;
    for (const auto& [_, incident] : world_.incidents)
      if (!is_closed(incident.state)) open.push_back(incident);
    co_return open;
  }
  Task<EvidenceItem> before_in_session(ServerId, EventKey, Deadline) override {
    co_return EvidenceItem{.probe = "session_errors", .why = "not kept here"};
  }
  Task<Incident> update(Incident incident, std::vector<TimelineEntry> entries, Deadline) override {
    co_await world_.point(false);
    auto& stored = world_.incidents.at(incident.number);
    if (stored.rev != incident.rev) co_return failure(ErrorCode::conflict, "somebody else changed it");
    ++incident.rev;
    stored = incident;
    std::ranges::move(entries, std::back_inserter(world_.timeline));
    co_await world_.point(true);
    co_return incident;
  }
  Task<Evidence> attach(IncidentNumber number, Evidence evidence, Deadline) override {
    co_await world_.point(false);
    auto& kept = world_.evidence[number].items;
    for (auto& item : evidence.items) {
      item.id = "E" + std::to_string(kept.size() + 1);
      kept.push_back(item);
    }
    co_await world_.point(true);
    co_return evidence;
  }
  Task<Incident> merge(IncidentNumber, IncidentNumber into, Deadline) override {
    co_return world_.incidents.at(into);
  }

 private:
  World& world_;
};

class Database final : public MonitoredDatabase {
 public:
  explicit Database(World& world) : world_(world) {}

  asio::awaitable<EvidenceItem> run(const Probe& probe, std::string, ProbeParameters, Deadline) override {
    co_await world_.point(false);
    EvidenceItem item{.probe = probe.name(), .taken_at = world_.clock_.now()};
    if (world_.patient.probes_fail) {
      item.why = "the server does not answer";
      co_return item;
    }
    item.status = ProbeStatus::answered;
    item.columns = {"schema",          "table",     "root_schema", "root_table",  "is_primary",
                    "key_columns",     "position",  "column",      "column_type", "generated_always",
                    "sequence_schema", "sequence",  "increment",   "cycles",      "value_limit",
                    "last_value",      "is_called", "max_value"};
    item.rows = {{"public", "orders", "public", "orders", "t", "1", "1", "id", "bigint", "f", "public",
                  "orders_id_seq", "1", "f", "9223372036854775807", std::to_string(world_.patient.last_value),
                  "t", std::to_string(world_.patient.max_value)}};
    co_return item;
  }
  Recording recorded() const override { return {}; }
  Task<ActReport> act(ApprovedRemedy, TreatmentNumber treatment, Deadline) override {
    co_await world_.point(false);
    const auto stored = world_.treatments.find(treatment);
    world_.acts.push_back(
        {treatment, stored != world_.treatments.end() && stored->second.state == TreatmentState::intent});
    if (world_.patient.remedy_helps) world_.patient.last_value = world_.patient.max_value;
    co_await world_.point(true);
    if (world_.patient.loses_answers) co_return failure(ErrorCode::unavailable, "the connection was lost");
    co_return ActReport{.touched = true, .answer = "done"};
  }
  Task<ActReport> undo(Treatment, Deadline) override { co_return ActReport{}; }

 private:
  World& world_;
};

class Policies final : public PolicyBook {
 public:
  explicit Policies(World& world) : world_(world) {}
  Task<Settings> settings_for(ServerId, Deadline) override {
    co_await world_.point(false);
    co_return world_.settings;
  }
  Task<Usage> usage_of(ServerId, std::string, std::string, Deadline) override {
    co_await world_.point(false);
    Usage usage{.servers = 1};
    for (const auto& [_, treatment] : world_.treatments) {
      ++usage.acts_last_hour;
      usage.last_on_target = treatment.at;
    }
    co_return usage;
  }

 private:
  World& world_;
};

class Memory final : public CaseMemory {
 public:
  explicit Memory(World& world) : world_(world) {}
  Task<std::vector<PastCase>> recall(Fingerprint, Deadline) override {
    co_await world_.point(false);
    co_return world_.past;
  }
  StatusTask recognise(Fingerprint, std::string, std::string, Deadline) override {
    co_await world_.point(false);
    co_return Status{};
  }
  StatusTask remember(Fingerprint, PastCase past, Deadline) override {
    co_await world_.point(false);
    world_.remembered.push_back(std::move(past));
    co_await world_.point(true);
    co_return Status{};
  }
  Task<Evidence> gathered(IncidentNumber number, Deadline) override {
    co_await world_.point(false);
    co_return world_.evidence[number];
  }

 private:
  World& world_;
};

class Trail final : public AuditTrail {
 public:
  explicit Trail(World& world) : world_(world) {}
  StatusTask record(AuditEntry, Deadline) override { co_return Status{}; }
  Task<Treatment> intend(Treatment treatment, std::string, Deadline) override {
    co_await world_.point(false);
    treatment.number = TreatmentNumber(static_cast<std::int64_t>(world_.treatments.size()) + 1);
    world_.treatments[treatment.number] = treatment;
    co_await world_.point(true);
    co_return treatment;
  }
  Task<Treatment> advance(Treatment treatment, Deadline) override {
    co_await world_.point(false);
    world_.treatments[treatment.number] = treatment;
    co_await world_.point(true);
    co_return treatment;
  }
  Task<std::vector<Treatment>> unfinished(Deadline) override {
    co_await world_.point(false);
    std::vector<Treatment> open;
    for (const auto& [_, treatment] : world_.treatments)
      if (!treatment.verdict) open.push_back(treatment);
    co_return open;
  }
  Task<std::vector<Treatment>> of(IncidentNumber, Deadline) override { co_return std::vector<Treatment>{}; }

 private:
  World& world_;
};

class Nobody final : public Announcer {
 public:
  void changed(const Incident&) override {}
  void changed(const Treatment&) override {}
};

class World::Parts {
 public:
  Parts(World& world, Clock& clock)
      : book(world),
        database(world),
        policies(world),
        memory(world),
        trail(world),
        ports{book, database, policies, memory, trail, nobody, clock} {}
  Book book;
  Database database;
  Policies policies;
  Memory memory;
  Trail trail;
  Nobody nobody;
  Ports ports;
};

World::World(std::uint64_t seed, test::SimulatedClock& clock)
    : clock_(clock), random_(seed), parts_(std::make_shared<Parts>(*this, clock)) {}

void World::die_at(int calls, bool after_effect) {
  calls_left_ = calls;
  dies_after_effect_ = after_effect;
}

void World::revive() {
  dead_ = false;
  calls_left_ = -1;
}

Ports& World::ports() { return parts_->ports; }

Filed World::report_error(std::int64_t incident_number) {
  ErrorEvent event{.server = ServerId("orders-1"),
                   .sqlstate = "23505",
                   .level = "ERROR",
                   .message = "duplicate key value violates unique constraint \"orders_pkey\"",
                   .detail = "Key (id)=(10) already exists.",
                   .database = "shop",
                   .backend_type = "client backend"};
  event.key = {
      .at = clock_.now(), .session_id = "s", .line_number = static_cast<std::int64_t>(random_.next() >> 1)};
  auto sighting = sighting_of_trouble(std::move(event));
  sighting.statement = pg::StatementFacts{.kind = "INSERT",
                                          .relations = {{.schema = "", .name = "orders"}},
                                          .insert_columns = {"ref"},
                                          .insert_names_columns = true};
  const IncidentNumber number(incident_number);
  auto [stored, is_new] = incidents.try_emplace(number);
  auto& incident = stored->second;
  incident.number = number;
  incident.server = ServerId("orders-1");
  incident.database = "shop";
  incident.name = sighting.name;
  incident.last_seen = clock_.now();
  ++incident.events;
  ++incident.rev;
  const bool closed = is_closed(incident.state);
  if (closed) incident.state = IncidentState::reopened;
  const auto news = is_new ? News::first : closed ? News::reopened : News::recurring;
  return {.incident = incident, .news = news, .sighting = std::move(sighting)};
}

asio::awaitable<void> World::point(bool after_effect) {
  if (!dead_ && after_effect == dies_after_effect_ && calls_left_ >= 0) {
    dead_ = calls_left_ == 0;
    --calls_left_;
  }
  if (!dead_) co_return;
  // Dead: this call never returns. The healer's stop() cancels it.
  asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await never.async_wait(asio::use_awaitable);
}

}  // namespace selfheal::simulation
