// The story, start here. Filing has happened before: it is one transaction with the log's checkpoint
// (docs/decisions/0002-file-before-evidence.md).
#include "healing/heal.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/log.h"
#include "healing/collect.h"
#include "healing/evidence/session_errors.h"
#include "healing/experience.h"
#include "healing/remedies/catalogue.h"
#include "healing/treat.h"

namespace selfheal::healing {
namespace {

Deadline soon(const Ports& ports) { return ports.clock.deadline_in(kStoreTimeout); }

TimelineEntry entry(const Ports& ports, std::string what, std::string text) {
  return {.at = ports.clock.now(), .what = std::move(what), .text = std::move(text)};
}

// Stores the incident and tells the pages.
Task<Incident> save(Incident incident, std::vector<TimelineEntry> entries, Ports& ports) {
  CO_TRY(auto saved, co_await ports.incidents.update(std::move(incident), std::move(entries), soon(ports)));
  ports.announcer.changed(saved);
  co_return saved;
}

std::string sentence_of(const Finding& finding) {
  const auto& diagnosis = finding.diagnosis;
  if (finding.playbook == nullptr) return diagnosis.explanation.front().text;
  return fmt::format("{} ({}): {}", diagnosis.cause, to_word(diagnosis.confidence), diagnosis.title);
}

// What became of the same trouble before, as a sentence for people; nothing is decided by it. Empty when
// there is nothing to say.
asio::awaitable<std::string> recall(Fingerprint name, Ports& ports) {
  const auto past = co_await ports.memory.recall(name, soon(ports));
  if (past) co_return experience_in_words(*past, ports.clock.now(), kExperienceHalfLife);
  log::warning("past cases cannot be read: {}", past.error().message);
  co_return std::string();
}

// Memory is told what the trouble was found to be. It may miss it: the next time tells it again.
asio::awaitable<void> recognise(Incident incident, Ports& ports) {
  const auto& diagnosis = *incident.diagnosis;
  const auto told =
      co_await ports.memory.recognise(incident.name, diagnosis.cause, diagnosis.title, soon(ports));
  if (!told) log::warning("{}: memory: {}", to_text(incident.number), told.error().message);
}

// Writes down what was found and keeps the evidence, unless it says nothing new.
Task<Look> keep(Look seen, Ports& ports) {
  if (says_the_same(seen.facts.incident.diagnosis, seen.finding.diagnosis)) {
    seen.facts.incident.diagnosis = seen.finding.diagnosis;
    co_return seen;
  }
  CO_TRY(auto kept,
         co_await ports.incidents.attach(seen.facts.incident.number, seen.facts.evidence, soon(ports)));
  seen.facts.evidence = std::move(kept);
  // Once more with the incident's own evidence ids; the same facts give the same finding.
  seen.finding = diagnose(answering(seen.facts.sighting), seen.facts);
  std::vector<TimelineEntry> told{entry(ports, "diagnosed", sentence_of(seen.finding))};
  auto experience = co_await recall(seen.facts.incident.name, ports);
  if (!experience.empty()) told.push_back(entry(ports, "recalled", "Before: " + experience));
  auto incident = seen.facts.incident;
  incident.diagnosis = seen.finding.diagnosis;
  CO_TRY(seen.facts.incident, co_await save(std::move(incident), std::move(told), ports));
  if (seen.finding.playbook != nullptr) co_await recognise(seen.facts.incident, ports);
  co_return seen;
}

// Another open incident of this server with the same cause and culprit, filed before this one.
Task<std::optional<Incident>> same_trouble(Incident incident, Ports& ports) {
  CO_TRY(const auto open, co_await ports.incidents.unfinished(soon(ports)));
  for (const auto& other : open)
    if (other.number < incident.number && other.server == incident.server && other.diagnosis &&
        other.diagnosis->cause == incident.diagnosis->cause &&
        other.diagnosis->culprit.name == incident.diagnosis->culprit.name)
      co_return std::optional(other);
  co_return std::nullopt;
}

// Whether the target of a treatment names the session: "session 4121", "sessions 4121, 4122".
bool names_session(std::string_view target, int pid) {
  const auto number = std::to_string(pid);
  const auto is_digit = [&](std::size_t at) {
    return at < target.size() && target[at] >= '0' && target[at] <= '9';
  };
  for (auto at = target.find(number); at != std::string_view::npos; at = target.find(number, at + 1))
    if ((at == 0 || !is_digit(at - 1)) && !is_digit(at + number.size())) return true;
  return false;
}

bool leaves(const std::string& action, const std::string& sqlstate) {
  return std::ranges::any_of(remedy_kinds(), [&](const RemedyKind* kind) {
    return kind->name == action && kind->leaves_sqlstate == sqlstate;
  });
}

// Ending or cancelling a session leaves an error in the log: our own doing and no trouble. The treatment
// behind it, while it is being verified.
Task<std::optional<Treatment>> own_doing(Sighting sighting, Ports& ports) {
  const auto& event = sighting.exemplar;
  const bool may_be = event.pid != 0 && std::ranges::any_of(remedy_kinds(), [&](const RemedyKind* kind) {
                        return !event.sqlstate.empty() && kind->leaves_sqlstate == event.sqlstate;
                      });
  if (!may_be) co_return std::nullopt;
  CO_TRY(const auto open, co_await ports.audit.unfinished(soon(ports)));
  for (const auto& treatment : open)
    if (treatment.server == event.server && leaves(treatment.action, event.sqlstate) &&
        names_session(treatment.target, event.pid))
      co_return std::optional(treatment);
  co_return std::nullopt;
}

Task<Outcome> conclude(OutcomeWord word, IncidentState state, std::string what, std::string reason,
                       Incident incident, Ports& ports) {
  const bool same = incident.state == state && word != OutcomeWord::awaiting_approval;
  incident.state = state;
  if (is_closed(state)) incident.closed_at = ports.clock.now();
  std::vector<TimelineEntry> entries;
  if (!same) entries.push_back(entry(ports, std::move(what), reason));
  CO_TRY(auto saved, co_await save(std::move(incident), std::move(entries), ports));
  co_return Outcome{.word = word, .incident = std::move(saved), .reason = std::move(reason)};
}

Task<Outcome> hold_back(Restraint restraint, Incident incident, Ports& ports) {
  if (restraint.kind == Restraint::Kind::not_yet) {
    co_return co_await conclude(OutcomeWord::watched, IncidentState::diagnosing, "watched", restraint.reason,
                                std::move(incident), ports);
  }
  co_return co_await conclude(OutcomeWord::refused, IncidentState::refused, "refused", restraint.reason,
                              std::move(incident), ports);
}

// Who decides that something is done about it: policy, or nobody now.
enum class Acting { by_policy, never };

// Decides, and acts when policy lets it.
Task<Outcome> decide_and_act(Remedy remedy, Look seen, Acting acting, Ports& ports) {
  auto incident = seen.facts.incident;
  const auto now = ports.clock.now();
  auto shown = Policy::show(remedy, incident, seen.facts.settings, now);
  CO_TRY(const auto usage, co_await ports.policies.usage_of(incident.server, remedy.kind().name,
                                                            remedy.parts().target_key, soon(ports)));
  auto decision =
      Policy::decide(remedy, seen.finding.diagnosis, incident, seen.facts.settings, usage, ports.clock.now());
  shown.reason = decision.reason;
  const bool was_shown =
      incident.plan && incident.plan->plan_hash == shown.plan_hash && incident.plan->expires_at > now;
  if (!was_shown) incident.plan = shown;
  if (decision.approved && acting == Acting::by_policy)
    co_return co_await treat(*decision.approved, std::move(seen), std::move(incident), ports);
  if (decision.approved) decision.reason = "policy does it by itself once it is seen again; asking does not";
  if (decision.awaits_approval || decision.approved) {
    if (was_shown && incident.state == IncidentState::awaiting_approval)
      co_return Outcome{
          .word = OutcomeWord::awaiting_approval, .incident = incident, .reason = decision.reason};
    co_return co_await conclude(OutcomeWord::awaiting_approval, IncidentState::awaiting_approval, "proposed",
                                fmt::format("{}; {}", shown.title, decision.reason), std::move(incident),
                                ports);
  }
  if (decision.mode == ActionMode::off) incident.plan.reset();
  co_return co_await conclude(OutcomeWord::proposed, IncidentState::open, "proposed", decision.reason,
                              std::move(incident), ports);
}

// An item that says by itself when the store could not be asked.
asio::awaitable<EvidenceItem> before_in_session(Sighting sighting, Ports& ports) {
  const auto& event = sighting.exemplar;
  auto item = co_await ports.incidents.before_in_session(event.server, event.key, soon(ports));
  if (item) co_return *std::move(item);
  co_return EvidenceItem{.probe = kSessionErrors, .why = item.error().message, .taken_at = ports.clock.now()};
}

}  // namespace

Task<Look> look(Incident incident, Sighting sighting, Ports& ports) {
  const auto playbooks = answering(sighting);
  // The recorder first: it never waits, and its oldest seconds go with every second.
  auto recording = ports.database.recorded();
  auto evidence = co_await collect(playbooks, sighting, recording, ports.database, ports.clock);
  if (std::ranges::any_of(playbooks, &Playbook::needs_session)) {
    auto earlier = co_await before_in_session(sighting, ports);
    earlier.id = fmt::format("E{}", evidence.items.size() + 1);
    evidence.items.push_back(std::move(earlier));
  }
  CO_TRY(auto settings, co_await ports.policies.settings_for(incident.server, soon(ports)));
  Look seen{.facts = {.incident = std::move(incident),
                      .sighting = std::move(sighting),
                      .evidence = std::move(evidence),
                      .recording = std::move(recording),
                      .settings = std::move(settings),
                      .now = ports.clock.now()}};
  seen.finding = diagnose(playbooks, seen.facts);
  co_return seen;
}

namespace {

Task<Outcome> tell(Filed filed, Acting acting, Ports& ports) {
  CO_TRY(const auto ours, co_await own_doing(filed.sighting, ports));
  if (ours)
    co_return co_await conclude(
        OutcomeWord::recorded, IncidentState::resolved, "resolved",
        fmt::format("Selfheal did this to the session itself, for {}", to_text(ours->incident)),
        filed.incident, ports);

  CO_TRY(auto first, co_await look(filed.incident, filed.sighting, ports));
  CO_TRY(auto seen, co_await keep(std::move(first), ports));
  auto incident = seen.facts.incident;
  if (seen.finding.playbook == nullptr)
    co_return Outcome{.word = OutcomeWord::undiagnosed,
                      .incident = incident,
                      .reason = seen.finding.diagnosis.explanation.front().text};

  CO_TRY(const auto elder, co_await same_trouble(incident, ports));
  if (elder) {
    CO_TRY(auto merged, co_await ports.incidents.merge(incident.number, elder->number, soon(ports)));
    ports.announcer.changed(merged);
    co_return Outcome{
        .word = OutcomeWord::merged, .incident = std::move(merged), .reason = "same cause, same culprit"};
  }
  if (const auto& restraint = seen.finding.diagnosis.restraint)
    co_return co_await hold_back(*restraint, std::move(incident), ports);

  CO_TRY(auto remedies, propose(seen.finding, seen.facts));
  if (remedies.empty())
    co_return co_await hold_back(
        {.kind = Restraint::Kind::never, .reason = "there is no remedy for it as it stands"},
        std::move(incident), ports);
  co_return co_await decide_and_act(remedies.front(), std::move(seen), acting, ports);
}

}  // namespace

Task<Outcome> heal(Filed filed, Ports& ports) {
  if (ports.clock.now() - filed.sighting.last_seen > kFreshEvent)
    co_return Outcome{
        .word = OutcomeWord::recorded, .incident = filed.incident, .reason = "the event is too old"};
  co_return co_await tell(std::move(filed), Acting::by_policy, ports);
}

Task<Outcome> heal_without_acting(Filed filed, Ports& ports) {
  co_return co_await tell(std::move(filed), Acting::never, ports);
}

Task<Outcome> heal_approved(Filed filed, std::string plan_id, std::string plan_hash, Principal person,
                            Ports& ports) {
  const auto& shown = filed.incident.plan;
  if (filed.incident.state != IncidentState::awaiting_approval || !shown || shown->plan_id != plan_id ||
      shown->plan_hash != plan_hash)
    co_return failure(ErrorCode::conflict,
                      fmt::format("{} does not wait for an approval of plan {}: look at the incident again",
                                  to_text(filed.incident.number), plan_id));
  CO_TRY(auto seen, co_await look(filed.incident, filed.sighting, ports));
  if (seen.finding.diagnosis.restraint)
    co_return failure(ErrorCode::conflict,
                      "it is no longer to be done: " + seen.finding.diagnosis.restraint->reason);
  CO_TRY(auto remedies, propose(seen.finding, seen.facts));
  if (remedies.empty())
    co_return failure(ErrorCode::conflict,
                      "the trouble is no longer there as it was shown: look at the incident again");
  const auto& remedy = remedies.front();
  CO_TRY(const auto usage, co_await ports.policies.usage_of(filed.incident.server, remedy.kind().name,
                                                            remedy.parts().target_key, soon(ports)));
  CO_TRY(auto approved, Policy::approve_by(person, remedy, *shown, filed.incident, seen.facts.settings, usage,
                                           ports.clock.now()));
  CO_TRY(const auto kept,
         co_await ports.incidents.attach(filed.incident.number, seen.facts.evidence, soon(ports)));
  seen.facts.evidence = kept;
  auto incident = filed.incident;
  incident.diagnosis = seen.finding.diagnosis;
  co_return co_await treat(std::move(approved), std::move(seen), std::move(incident), ports);
}

}  // namespace selfheal::healing
