#include "healing/treat.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/limits.h"
#include "base/log.h"
#include "healing/remedies/catalogue.h"
#include "healing/verification/verdict.h"
#include "pg/identifier.h"

namespace selfheal::healing {
namespace {

// Looks for relief come quickly at first, since most remedies work at once, then once a second.
constexpr Duration kFirstLook = 50ms;
constexpr Duration kSlowestLook = 1s;
// During the hold-down nothing is expected to happen; the error itself would tell sooner.
constexpr Duration kHoldDownLook = 5s;

Deadline soon(const Ports& ports) { return ports.clock.deadline_in(kStoreTimeout); }

TimelineEntry entry(const Ports& ports, std::string what, std::string text) {
  return {.at = ports.clock.now(), .what = std::move(what), .text = std::move(text)};
}

// Changes the incident as it stands in the store now; events may have been counted meanwhile.
Task<Incident> change(IncidentNumber number, std::function<void(Incident&)> how, TimelineEntry what,
                      Ports& ports) {
  for (int attempt = 0;; ++attempt) {
    CO_TRY(auto incident, co_await ports.incidents.find(number, soon(ports)));
    how(incident);
    auto saved = co_await ports.incidents.update(std::move(incident), {what}, soon(ports));
    if (saved) ports.announcer.changed(*saved);
    // Each conflict means that somebody else got through; ten in a row is not contention but a defect.
    if (saved || saved.error().code != ErrorCode::conflict || attempt == 10) co_return saved;
  }
}

Treatment treatment_of(const ApprovedRemedy& approved, const Look& seen, const Incident& incident) {
  const auto& remedy = approved.remedy();
  Treatment treatment{.incident = incident.number,
                      .server = incident.server,
                      .database = remedy.parts().database,
                      .playbook = seen.finding.playbook->name,
                      .action = remedy.kind().name,
                      .target = remedy.parts().target,
                      .plan_hash = approved.plan_hash(),
                      .approved_by = approved.approved_by(),
                      .state = TreatmentState::intent};
  for (const auto& step : remedy.steps()) treatment.statements.push_back(step.shown);
  const auto& role = remedy.parts().set_role;
  if (!role.empty() && !remedy.parts().undo.empty() && !remedy.kind().undone_by_person)
    treatment.undo.push_back("SET LOCAL ROLE " + pg::quote_identifier(role));
  for (const auto& step : remedy.parts().undo) treatment.undo.push_back(step.sql);
  return treatment;
}

Task<Treatment> advance(Treatment treatment, TreatmentState state, std::string report, Ports& ports) {
  treatment.state = state;
  treatment.at = ports.clock.now();
  treatment.report = std::move(report);
  CO_TRY(auto saved, co_await ports.audit.advance(std::move(treatment), soon(ports)));
  ports.announcer.changed(saved);
  co_return saved;
}

// The statement ran (or may have run): what its answer means for journal and incident.
struct Reading {
  TreatmentState state;
  OutcomeWord word;
  IncidentState incident_state;
  std::string report;
};

Reading reading_of(const Result<ActReport>& acted) {
  using enum TreatmentState;
  if (acted && acted->touched)
    return {done, OutcomeWord::treated, IncidentState::verifying, "the guard held and the statements ran"};
  if (acted)
    return {failed, OutcomeWord::no_longer_true, IncidentState::open,
            "the guard no longer held: nothing was done"};
  const auto& error = acted.error();
  // Only a lost connection or a deadline leaves it open whether the statement took effect.
  if (error.code == ErrorCode::unavailable || error.code == ErrorCode::timed_out)
    return {unknown, OutcomeWord::treated, IncidentState::verifying,
            "the outcome is unknown: " + error.message};
  return {failed, OutcomeWord::no_longer_true, IncidentState::failed, "nothing was done: " + error.message};
}

Task<Case> fresh_case(Incident incident, Sighting sighting, Time acted_at, Ports& ports) {
  CO_TRY(auto seen, co_await look(std::move(incident), std::move(sighting), ports));
  seen.facts.recurrences = seen.facts.incident.last_seen > acted_at ? 1 : 0;
  co_return std::move(seen.facts);
}

struct Judgement {
  Verdict verdict;
  Case after;
};

Task<Judgement> judge_now(Treatment treatment, Sighting sighting, Case before, Ports& ports) {
  const auto* playbook = find_playbook(treatment.playbook);
  if (playbook == nullptr) co_return failure(fmt::format("there is no playbook {}", treatment.playbook));
  CO_TRY(auto incident, co_await ports.incidents.find(treatment.incident, soon(ports)));
  const auto acted_at = treatment.acted_at.value_or(treatment.at);
  CO_TRY(auto after, co_await fresh_case(std::move(incident), std::move(sighting), acted_at, ports));
  const auto verdict = verdict_of(*playbook, before, after, acted_at);
  co_return Judgement{verdict, std::move(after)};
}

// Until the symptom is gone, or the time is up.
Task<Judgement> wait_for_relief(Treatment treatment, Sighting sighting, Case before, Ports& ports) {
  const auto until = ports.clock.now() + kReliefTimeout;
  Duration pause = kFirstLook;
  for (;;) {
    auto judged = co_await judge_now(treatment, sighting, before, ports);
    if (judged && (judged->verdict.word == VerdictWord::cured || judged->verdict.word == VerdictWord::worse))
      co_return judged;
    if (ports.clock.now() >= until) co_return judged;
    if (!co_await ports.clock.sleep(pause))
      co_return failure(ErrorCode::cancelled, "stopped while waiting for relief");
    pause = std::min(pause * 2, kSlowestLook);
  }
}

// Silence of the fingerprint for the playbook's time, and fresh evidence at its end.
Task<Judgement> hold_down(Treatment treatment, Sighting sighting, Case before, Time relieved_at,
                          Ports& ports) {
  const auto* playbook = find_playbook(treatment.playbook);
  const auto seconds = setting(*playbook, before, playbook->watch_for.name);
  const auto until = relieved_at + Duration(static_cast<std::int64_t>(seconds * 1e6));
  while (ports.clock.now() < until) {
    const auto pause = std::clamp(until - ports.clock.now(), Duration(1ms), kHoldDownLook);
    if (!co_await ports.clock.sleep(pause))
      co_return failure(ErrorCode::cancelled, "stopped during the hold-down");
    CO_TRY(const auto incident, co_await ports.incidents.find(treatment.incident, soon(ports)));
    if (incident.last_seen > treatment.acted_at.value_or(treatment.at)) break;
  }
  co_return co_await judge_now(std::move(treatment), std::move(sighting), std::move(before), ports);
}

struct Ending {
  TreatmentState state = TreatmentState::verified;
  std::string report;
};

// Takes back what did not help, when it can be taken back. Says what came of it.
asio::awaitable<Ending> undo_if_possible(Treatment treatment, Ports& ports) {
  const auto kinds = remedy_kinds();
  const auto kind = std::ranges::find(kinds, treatment.action, &RemedyKind::name);
  const bool by_person = kind != kinds.end() && (*kind)->undone_by_person;
  if (treatment.undo.empty() || by_person) co_return Ending{.report = treatment.report};
  const auto undone = co_await ports.database.undo(treatment, ports.clock.deadline_in(kActTimeout));
  if (!undone) co_return Ending{.report = "not undone: " + undone.error().message};
  if (!undone->touched) co_return Ending{.report = "not undone: what was made is in use by now"};
  co_return Ending{.state = TreatmentState::reverted, .report = "undone"};
}

// The incident first and the treatment's verdict last: a process that is killed in between leaves a treatment
// without verdict, which is taken up again, and never an incident that verifies for ever.
Task<Verdict> close(Treatment treatment, Judgement judgement, Ports& ports) {
  const auto verdict = judgement.verdict;
  const bool cured = verdict.word == VerdictWord::cured;
  Ending ending{.report = treatment.report};
  if (!cured) ending = co_await undo_if_possible(treatment, ports);
  const auto text = cured ? verdict.reason : fmt::format("{}: {}", to_word(verdict.word), verdict.reason);
  CO_TRY(const auto incident, co_await change(
                                  treatment.incident,
                                  [&](Incident& it) {
                                    it.state = cured ? IncidentState::healed : IncidentState::failed;
                                    it.verdict = verdict;
                                    it.closed_at = ports.clock.now();
                                  },
                                  entry(ports, cured ? "healed" : "failed", text), ports));
  // Before the treatment's verdict too: what is taken up again is remembered again, and counted once.
  PastCase past{.incident = incident.number,
                .cause = incident.diagnosis ? incident.diagnosis->cause : std::string(),
                .action = treatment.action,
                .verdict = verdict.word,
                .at = ports.clock.now(),
                .treatment = treatment.number};
  const auto remembered = co_await ports.memory.remember(incident.name, std::move(past), soon(ports));
  if (!remembered)
    log::warning("{}: not remembered: {}", to_text(incident.number), remembered.error().message);
  treatment.verdict = verdict;
  CO_TRY(treatment, co_await advance(std::move(treatment), ending.state, ending.report, ports));
  co_return verdict;
}

}  // namespace

Task<Outcome> treat(ApprovedRemedy approved, Look seen, Incident incident, Ports& ports) {
  auto treatment = treatment_of(approved, seen, incident);
  treatment.at = ports.clock.now();
  CO_TRY(treatment,
         co_await ports.audit.intend(treatment, approved.remedy().parts().target_key, soon(ports)));
  incident.state = IncidentState::applying;
  CO_TRY(incident,
         co_await change(
             incident.number,
             [&](Incident& it) {
               it.state = IncidentState::applying;
               it.relieved_at.reset();
               it.verdict.reset();
               it.plan = incident.plan;
               it.diagnosis = incident.diagnosis;
             },
             entry(ports, "applying",
                   fmt::format("{}, approved by {}", approved.remedy().kind().title, approved.approved_by())),
             ports));

  const auto acted =
      co_await ports.database.act(approved, treatment.number, ports.clock.deadline_in(kActTimeout));
  const auto reading = reading_of(acted);
  // A guard that no longer held is no act: it counts neither as failure nor for the cooldown.
  if (!acted || acted->touched) treatment.acted_at = ports.clock.now();
  if (reading.state == TreatmentState::failed)
    treatment.verdict = Verdict{VerdictWord::unchanged, reading.report};
  // The incident first, as in close().
  CO_TRY(incident,
         co_await change(
             incident.number,
             [&](Incident& it) {
               it.state = reading.incident_state;
               if (reading.incident_state == IncidentState::failed) it.verdict = treatment.verdict;
             },
             entry(ports, reading.state == TreatmentState::done ? "applied" : to_word(reading.state),
                   reading.report),
             ports));
  CO_TRY(treatment, co_await advance(treatment, reading.state, reading.report, ports));
  seen.facts.incident = incident;
  co_return Outcome{.word = reading.word,
                    .incident = incident,
                    .reason = reading.report,
                    .treatment = treatment,
                    .before = std::move(seen.facts)};
}

Task<Verdict> follow_up(Treatment treatment, Sighting sighting, Case before, Ports& ports) {
  CO_TRY(auto judged, co_await wait_for_relief(treatment, sighting, before, ports));
  if (judged.verdict.word != VerdictWord::cured)
    co_return co_await close(std::move(treatment), std::move(judged), ports);

  const auto relieved_at = ports.clock.now();
  CO_TRY(const auto kept,
         co_await ports.incidents.attach(treatment.incident, judged.after.evidence, soon(ports)));
  CO_TRY(const auto incident, co_await change(
                                  treatment.incident,
                                  [&](Incident& it) {
                                    if (!is_closed(it.state)) it.state = IncidentState::verifying;
                                    if (!it.relieved_at) it.relieved_at = relieved_at;
                                  },
                                  entry(ports, "relieved", judged.verdict.reason), ports));
  CO_TRY(auto final,
         co_await hold_down(treatment, sighting, before, incident.relieved_at.value_or(relieved_at), ports));
  // What the verdict rests on, and how things went on after the act.
  auto last = final.after.evidence;
  CO_TRY_OK(co_await ports.incidents.attach(treatment.incident, std::move(last), soon(ports)));
  co_return co_await close(std::move(treatment), std::move(final), ports);
}

}  // namespace selfheal::healing
