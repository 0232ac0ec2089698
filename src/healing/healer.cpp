#include "healing/healer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "healing/evidence/error_event.h"
#include "healing/treat.h"

namespace selfheal::healing {
namespace {

// While the store is away nothing can be judged; it comes back by itself.
constexpr Duration kStoreAway = 1s;

bool in_treatment(IncidentState state) {
  return state == IncidentState::applying || state == IncidentState::verifying;
}

Deadline soon(const Ports& ports) { return ports.clock.deadline_in(kStoreTimeout); }

// An incident that ended without a treatment of ours. Nothing was verified, so it proves no remedy; a note of
// a person tells others what to do.
asio::awaitable<void> remember(Incident incident, Ending ending, std::string note, Ports& ports) {
  PastCase past{.incident = incident.number,
                .cause = incident.diagnosis ? incident.diagnosis->cause : std::string(),
                .at = ports.clock.now(),
                .ending = ending,
                .note = std::move(note)};
  const auto remembered = co_await ports.memory.remember(incident.name, std::move(past), soon(ports));
  if (!remembered)
    log::warning("{}: not remembered: {}", to_text(incident.number), remembered.error().message);
}

}  // namespace

class Healer::Hold {
 public:
  Hold(Healer& healer, IncidentNumber number) : healer_(healer), number_(number) {
    healer_.charts_[number_].busy = true;
    ++healer_.running_;
  }
  ~Hold() { healer_.release(number_); }
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

 private:
  Healer& healer_;
  IncidentNumber number_;
};

Healer::Healer(asio::any_io_executor executor, PortsOf ports_of)
    : ports_of_(std::move(ports_of)), tasks_(executor) {}

bool Healer::is_busy(IncidentNumber number) const {
  const auto found = charts_.find(number);
  return found != charts_.end() && found->second.busy;
}

bool Healer::wants_a_look(const Filed& filed, const Chart& chart) const {
  const auto& incident = filed.incident;
  if (incident.state == IncidentState::muted || in_treatment(incident.state)) return false;
  auto* ports = ports_of_(incident.server);
  if (ports == nullptr) return false;
  const auto pause = incident.state == IncidentState::refused ? kLookAgainAtRefused : kLookAgain;
  return filed.news != News::recurring || ports->clock.now() - chart.looked_at >= pause;
}

void Healer::consider(std::vector<Filed> news) {
  if (stopped_) return;
  for (auto& filed : news) {
    if (auto* ports = ports_of_(filed.incident.server)) ports->announcer.changed(filed.incident);
    auto& chart = charts_[filed.incident.number];
    chart.sighting = filed.sighting;
    if (chart.busy) {
      chart.again = std::move(filed);
    } else if (wants_a_look(filed, chart)) {
      if (pending_.size() >= kPendingNews) {
        if (!std::exchange(behind_, true))
          log::warning("healing is behind: {} incidents wait; more are looked at when they are seen again",
                       pending_.size());
        continue;
      }
      chart.busy = true;
      pending_.push_back(std::move(filed));
    }
  }
  if (charts_.size() > kCharts) std::erase_if(charts_, [](const auto& entry) { return !entry.second.busy; });
  pump();
}

void Healer::pump() {
  if (pending_.empty()) behind_ = false;
  while (running_ < kLookedAfterAtOnce && !pending_.empty()) {
    auto filed = std::move(pending_.front());
    pending_.pop_front();
    const auto number = filed.incident.number;
    tasks_.spawn("healing " + to_text(number),
                 look_after(std::move(filed), std::make_unique<Hold>(*this, number)));
  }
}

void Healer::release(IncidentNumber number) {
  --running_;
  auto& chart = charts_[number];
  chart.busy = false;
  if (auto again = std::exchange(chart.again, std::nullopt); again && wants_a_look(*again, chart)) {
    chart.busy = true;
    pending_.push_back(*std::move(again));
  }
  pump();
}

StatusTask Healer::look_after(Filed filed, std::unique_ptr<Hold> hold) {
  const auto number = filed.incident.number;
  auto* ports = ports_of_(filed.incident.server);
  if (ports == nullptr) co_return Status{};
  charts_[number].looked_at = ports->clock.now();
  // What the store holds now: the news may have waited, and a person may have decided meanwhile.
  CO_TRY(filed.incident, co_await ports->incidents.find(number, soon(*ports)));
  const auto state = filed.incident.state;
  if (is_closed(state) || in_treatment(state) || state == IncidentState::muted) co_return Status{};
  auto sighting = filed.sighting;
  auto outcome = co_await heal(std::move(filed), *ports);
  if (!outcome)
    log::warning("{}: {}", to_text(number), outcome.error().message);
  else if (outcome->word == OutcomeWord::merged)
    // What was not yet to be done for the elder may be by now, and its own next sighting may be long in
    // coming.
    consider({Filed{outcome->incident, News::recurring, std::move(sighting)}});
  else if (outcome->word == OutcomeWord::treated)
    co_return co_await follow_held(*outcome->treatment, *std::move(outcome->before), std::move(hold));
  co_return Status{};
}

StatusTask Healer::follow_held(Treatment treatment, Case before, std::unique_ptr<Hold> hold) {
  auto sighting = before.sighting;
  co_await follow_to_verdict(std::move(treatment), std::move(sighting), std::move(before));
  hold.reset();
  co_return Status{};
}

asio::awaitable<void> Healer::follow_to_verdict(Treatment treatment, Sighting sighting, Case before) {
  while (auto* ports = ports_of_(treatment.server)) {
    const auto verdict = co_await follow_up(treatment, sighting, before, *ports);
    if (verdict || verdict.error().code == ErrorCode::cancelled) co_return;
    log::warning("{}: the verdict must wait: {}", to_text(treatment.incident), verdict.error().message);
    if (!co_await ports->clock.sleep(kStoreAway)) co_return;
  }
}

// The incident as the store holds it, with the last sighting this process knows of or the one kept as
// evidence.
Task<Filed> Healer::reopened_file(IncidentNumber number, Ports& ports) {
  CO_TRY(auto incident, co_await ports.incidents.find(number, soon(ports)));
  auto sighting = charts_[number].sighting;
  if (sighting.name.fingerprint.empty()) {
    CO_TRY(const auto evidence, co_await ports.memory.gathered(number, soon(ports)));
    CO_TRY(sighting, sighting_from(evidence));
  }
  co_return Filed{.incident = std::move(incident), .news = News::recurring, .sighting = std::move(sighting)};
}

Task<Outcome> Healer::approve(ServerId server, IncidentNumber number, std::string plan_id,
                              std::string plan_hash, Principal person) {
  auto* ports = ports_of_(server);
  if (ports == nullptr)
    co_return failure(ErrorCode::not_found, "server " + server.value() + " is not watched");
  if (is_busy(number) || stopped_)
    co_return failure(ErrorCode::conflict, to_text(number) + " is being looked at right now: try again");
  auto hold = std::make_unique<Hold>(*this, number);
  CO_TRY(auto filed, co_await reopened_file(number, *ports));
  CO_TRY(auto outcome, co_await heal_approved(std::move(filed), std::move(plan_id), std::move(plan_hash),
                                              std::move(person), *ports));
  if (outcome.word == OutcomeWord::treated)
    tasks_.spawn("verifying " + to_text(number),
                 follow_held(*outcome.treatment, *outcome.before, std::move(hold)));
  co_return outcome;
}

Task<Outcome> Healer::reconsider(ServerId server, IncidentNumber number) {
  auto* ports = ports_of_(server);
  if (ports == nullptr)
    co_return failure(ErrorCode::not_found, "server " + server.value() + " is not watched");
  if (is_busy(number) || stopped_)
    co_return failure(ErrorCode::conflict, to_text(number) + " is being looked at right now: try again");
  const Hold hold(*this, number);
  CO_TRY(auto filed, co_await reopened_file(number, *ports));
  const auto state = filed.incident.state;
  if (is_closed(state) || in_treatment(state) || state == IncidentState::muted)
    co_return Outcome{.word = OutcomeWord::recorded,
                      .incident = filed.incident,
                      .reason = fmt::format("{} is {}", to_text(number), to_word(state))};
  charts_[number].looked_at = ports->clock.now();
  co_return co_await heal_without_acting(std::move(filed), *ports);
}

Task<Incident> Healer::set_state(ServerId server, IncidentNumber number, IncidentState state,
                                 std::string person, std::string why) {
  auto* ports = ports_of_(server);
  if (ports == nullptr)
    co_return failure(ErrorCode::not_found, "server " + server.value() + " is not watched");
  CO_TRY(auto incident, co_await ports->incidents.find(number, soon(*ports)));
  if (is_busy(number) || in_treatment(incident.state))
    co_return failure(ErrorCode::conflict, to_text(number) + " is being treated: wait for the verdict");
  if (is_closed(incident.state))
    co_return failure(ErrorCode::conflict,
                      fmt::format("{} is {} already", to_text(number), to_word(incident.state)));
  incident.state = state;
  if (is_closed(state)) incident.closed_at = ports->clock.now();
  TimelineEntry entry{
      .at = ports->clock.now(), .what = to_word(state), .text = fmt::format("by {}: {}", person, why)};
  CO_TRY(auto saved, co_await ports->incidents.update(std::move(incident), {std::move(entry)}, soon(*ports)));
  ports->announcer.changed(saved);
  const auto recorded = co_await ports->audit.record(
      {.actor = person, .what = to_word(state), .subject = to_text(number), .text = why}, soon(*ports));
  if (!recorded) log::warning("{}: audit: {}", to_text(number), recorded.error().message);
  if (state == IncidentState::resolved) co_await remember(saved, Ending::by_person, std::move(why), *ports);
  co_return saved;
}

Task<Incident> Healer::take(ServerId server, IncidentNumber number, std::string person) {
  auto* ports = ports_of_(server);
  if (ports == nullptr)
    co_return failure(ErrorCode::not_found, "server " + server.value() + " is not watched");
  CO_TRY(auto incident, co_await ports->incidents.find(number, soon(*ports)));
  TimelineEntry entry{.at = ports->clock.now(), .what = "taken", .text = person + " is on it"};
  CO_TRY(auto saved, co_await ports->incidents.update(std::move(incident), {std::move(entry)}, soon(*ports)));
  ports->announcer.changed(saved);
  co_return saved;
}

Task<Incident> Healer::note(ServerId server, IncidentNumber number, std::string person, std::string text) {
  auto* ports = ports_of_(server);
  if (ports == nullptr)
    co_return failure(ErrorCode::not_found, "server " + server.value() + " is not watched");
  CO_TRY(auto incident, co_await ports->incidents.find(number, soon(*ports)));
  TimelineEntry entry{
      .at = ports->clock.now(), .what = "noted", .text = fmt::format("by {}: {}", person, text)};
  CO_TRY(auto saved, co_await ports->incidents.update(std::move(incident), {std::move(entry)}, soon(*ports)));
  ports->announcer.changed(saved);
  const auto recorded = co_await ports->audit.record(
      {.actor = std::move(person), .what = "noted", .subject = to_text(number), .text = text}, soon(*ports));
  if (!recorded) log::warning("{}: audit: {}", to_text(number), recorded.error().message);
  co_await remember(saved, Ending::noted, std::move(text), *ports);
  co_return saved;
}

StatusTask Healer::resume(ServerId server) {
  auto* ports = ports_of_(server);
  if (ports == nullptr) co_return Status{};
  CO_TRY(auto treatments, co_await ports->audit.unfinished(soon(*ports)));
  for (auto& treatment : treatments) {
    if (treatment.server != server || is_busy(treatment.incident)) continue;
    const auto number = treatment.incident;
    tasks_.spawn("taking up " + to_text(number),
                 take_up(std::move(treatment), std::make_unique<Hold>(*this, number)));
  }
  co_return Status{};
}

StatusTask Healer::take_up(Treatment treatment, std::unique_ptr<Hold> hold) {
  const auto number = treatment.incident;
  auto* ports = ports_of_(treatment.server);
  if (!treatment.acted_at) treatment.acted_at = treatment.at;
  if (treatment.state == TreatmentState::intent || treatment.state == TreatmentState::running) {
    treatment.state = TreatmentState::unknown;
    treatment.report = "the process ended in the middle: the outcome is unknown until the evidence says";
    CO_TRY(treatment, co_await ports->audit.advance(std::move(treatment), soon(*ports)));
  }
  CO_TRY(auto filed, co_await reopened_file(number, *ports));
  CO_TRY(auto settings, co_await ports->policies.settings_for(treatment.server, soon(*ports)));
  Case before{.incident = std::move(filed.incident),
              .sighting = std::move(filed.sighting),
              .settings = std::move(settings),
              .now = ports->clock.now()};
  co_return co_await follow_held(std::move(treatment), std::move(before), std::move(hold));
}

StatusTask Healer::sweep(ServerId server) {
  auto* ports = ports_of_(server);
  if (ports == nullptr) co_return Status{};
  CO_TRY(auto open, co_await ports->incidents.unfinished(soon(*ports)));
  for (auto& incident : open) {
    const auto now = ports->clock.now();
    if (incident.server != server || is_busy(incident.number) || in_treatment(incident.state) ||
        incident.state == IncidentState::muted || now - incident.last_seen < kQuietAfter)
      continue;
    incident.state = IncidentState::resolved;
    incident.closed_at = now;
    const auto number = incident.number;
    TimelineEntry entry{.at = now, .what = "resolved", .text = "it was not seen again for 10 minutes"};
    auto saved = co_await ports->incidents.update(std::move(incident), {std::move(entry)}, soon(*ports));
    if (saved) {
      ports->announcer.changed(*saved);
      charts_.erase(number);
      co_await remember(*std::move(saved), Ending::by_itself, {}, *ports);
    } else if (saved.error().code != ErrorCode::conflict) {
      co_return std::unexpected(saved.error());
    }
  }
  co_return Status{};
}

asio::awaitable<void> Healer::stop() {
  stopped_ = true;
  pending_.clear();
  co_await tasks_.stop();
}

}  // namespace selfheal::healing
