#include "notify/compose.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "healing/experience.h"
#include "notify/rules.h"

namespace selfheal::notify {
namespace {

// Once more, whatever the text went through before: this leaves the installation.
pg::RedactedText swept(const std::string& text) { return pg::redact_own_text(text); }

std::vector<pg::RedactedText> swept(const std::vector<std::string>& texts) {
  std::vector<pg::RedactedText> out;
  for (const auto& text : texts) out.push_back(swept(text));
  return out;
}

NoticeRemedy remedy_of(const PlanShown& plan, IncidentState state) {
  return {.action = plan.action,
          .title = swept(plan.title),
          .statements = swept(plan.statements),
          .guards = swept(plan.guards),
          .undo = swept(plan.undo),
          .risk = plan.risk,
          .plan_id = plan.plan_id,
          .plan_hash = plan.plan_hash,
          .expires_at = plan.expires_at == Time{} ? std::nullopt : std::optional(plan.expires_at),
          .needs_approval = state == IncidentState::awaiting_approval};
}

void add_diagnosis(Notice& notice, const Diagnosis& diagnosis) {
  notice.title = swept(diagnosis.title);
  notice.cause = diagnosis.cause;
  notice.confidence = diagnosis.confidence;
  notice.checks = {
      .passed = static_cast<int>(std::ranges::count(diagnosis.checks, CheckStatus::passed, &Check::status)),
      .all = static_cast<int>(diagnosis.checks.size())};
  for (const auto& sentence : diagnosis.explanation)
    notice.explanation.push_back({swept(sentence.text), sentence.evidence_id});
  for (const auto& other : diagnosis.ruled_out)
    notice.ruled_out.push_back({swept(other.cause), swept(other.why)});
}

NoticeHistory history_of(const std::vector<healing::PastCase>& past, Time now) {
  NoticeHistory history;
  if (past.empty()) return history;
  const auto records = healing::records_of(past, now, healing::kExperienceHalfLife);
  if (!records.empty()) {
    history.helped = records.front().helped;
    history.tried = records.front().tried;
  }
  history.in_words = swept(healing::experience_in_words(past, now, healing::kExperienceHalfLife));
  return history;
}

// The same for each try to tell the same. After something else was told, or has happened, it is another.
std::string id_of(const Letter& letter, const Notice& notice) {
  const auto since = letter.told ? to_rfc3339(letter.told->at) : std::string("nothing");
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}\n{}\n{}", notice.tenant, letter.channel, notice.incident,
                                notice.rev, to_word(notice.change), since))
      .substr(0, 32);
}

// The best that can be said before anybody knows the cause.
std::string provisional_title(const Incident& incident) {
  if (!incident.redacted_message.empty()) return incident.redacted_message;
  return incident.error_class.condition.empty() ? incident.error_class.why : incident.error_class.condition;
}

void add_links(Notice& notice, const Sender& sender) {
  // "SH-142" needs no encoding.
  if (!sender.pages.empty()) notice.links.incident = sender.pages + "/incidents/" + notice.incident;
  if (sender.chat.empty()) return;
  const char joint = sender.chat.contains('?') ? '&' : '?';
  notice.links.chat = fmt::format("{}{}incident={}", sender.chat, joint, notice.incident);
}

}  // namespace

Notice compose(const Letter& letter, Change change, const Material& material, const Sender& sender,
               Time now) {
  const auto& incident = material.incident;
  Notice notice{.change = change,
                .at = now,
                .tenant = sender.tenant,
                .incident = to_text(incident.number),
                .rev = incident.rev,
                .fingerprint = incident.name.fingerprint,
                .server = incident.server.value(),
                .database = swept(incident.database),
                .state = incident.state,
                .severity = severity_of(incident),
                .category = category_of(incident),
                .sqlstate = incident.sqlstate,
                .trouble = incident.trouble,
                .title = swept(provisional_title(incident)),
                .message = swept(incident.redacted_message),
                .statement = swept(incident.statement_shape),
                .recommendations = material.recommendations,
                .before = history_of(material.past, now),
                .events = incident.events,
                .first_seen = incident.first_seen,
                .last_seen = incident.last_seen,
                .relieved_at = incident.relieved_at,
                .closed_at = incident.closed_at,
                .instead_of = swept(letter.instead_of)};
  if (incident.diagnosis) add_diagnosis(notice, *incident.diagnosis);
  if (incident.plan) notice.remedy = remedy_of(*incident.plan, incident.state);
  if (incident.verdict) {
    notice.verdict = incident.verdict->word;
    notice.verdict_reason = swept(incident.verdict->reason);
  }
  for (const auto& entry : material.timeline)
    notice.timeline.push_back({entry.entry.at, entry.entry.what, swept(entry.entry.text)});
  add_links(notice, sender);
  notice.id = id_of(letter, notice);
  return notice;
}

Notice test_notice(const std::string& channel, const Sender& sender, Time now) {
  Notice notice{.change = Change::test,
                .at = now,
                .tenant = sender.tenant,
                .severity = Severity::low,
                .title = swept("A test of the channel " + channel),
                .links = {.incident = sender.pages, .chat = sender.chat}};
  notice.id =
      sha256_hex(fmt::format("{}\n{}\ntest\n{}", sender.tenant, channel, to_rfc3339(now))).substr(0, 32);
  return notice;
}

Told told_of(const Notice& notice, const Letter& letter, const Material& material) {
  Told told{.at = notice.at,
            .change = notice.change,
            .state = notice.state,
            .severity = notice.severity,
            .plan_hash = notice.remedy ? notice.remedy->plan_hash : std::string(),
            .rev = notice.rev,
            .entry = letter.told ? letter.told->entry : 0};
  if (!material.timeline.empty()) told.entry = material.timeline.back().number;
  return told;
}

}  // namespace selfheal::notify
