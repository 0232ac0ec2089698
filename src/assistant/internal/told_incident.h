#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "assistant/internal/wording_check.h"

// For tests: an incident that is explained.
namespace selfheal::assistant::test {

using internal::WordedSentence;

inline constexpr Time kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 25) + std::chrono::hours(3)};

inline EvidenceItem answered(std::string probe, std::vector<std::string> columns,
                             std::vector<std::vector<std::optional<std::string>>> rows) {
  return {.id = {},
          .probe = std::move(probe),
          .status = ProbeStatus::answered,
          .why = {},
          .taken_at = kNow,
          .sql = {},
          .columns = std::move(columns),
          .rows = std::move(rows)};
}

inline IncidentDetails blocked() {
  IncidentDetails details;
  auto& incident = details.incident;
  incident.number = IncidentNumber(142);
  incident.server = ServerId("acme/prod");
  incident.database = "shop";
  incident.state = IncidentState::awaiting_approval;
  incident.name.fingerprint = "0123456789abcdef";
  incident.sqlstate = "55P03";
  incident.error_class = {
      .category = Category::lock_contention, .condition = "lock_not_available", .why = {}};
  incident.events = 37;
  incident.first_seen = kNow - 5min;
  incident.last_seen = kNow - 3s;
  incident.redacted_message = "canceling statement due to lock timeout";
  incident.diagnosis = Diagnosis{
      .playbook = "idle_in_transaction_blocker",
      .cause = "idle_in_transaction_blocker",
      .title = "session 4121 (billing) holds a lock, idle in its transaction",
      .category = Category::lock_contention,
      .confidence = Confidence::likely,
      .checks = {{"blocker_recorded", "the flight recorder saw who blocked the statement",
                  CheckStatus::passed, "E2"},
                 {"still_idle", "that session is still idle in that same transaction", CheckStatus::unknown,
                  "E3"}},
      .ruled_out = {{"ddl_lock_queue", "the blocker waits for nobody itself"}},
      .explanation = {{"session 4121 (billing) began a transaction, took a lock on public.invoice and has "
                       "been idle since 2026-11-25T02:55:00.000Z.",
                       "E2"},
                      {"4 sessions waited for it when the recorder last looked.", "E2"},
                      {"It does not wait for anybody itself.", "E1"}},
      .retry = {
          .safe = true, .scope = "transaction", .after_ms = 500, .why = "it works once the lock is free"}};
  incident.plan = PlanShown{.title = "End session 4121",
                            .statements = {"SELECT pg_terminate_backend(4121)"},
                            .undo = "none is possible",
                            .risk = "its transaction is rolled back"};
  details.evidence.items = {
      answered("error_event", {"message"}, {{"m"}}),
      answered("flight_recorder", {"at", "waiter_pid", "waiting_since", "application", "relation"},
               {{"2026-11-25 02:59:00+00", "1", "2026-11-25 02:55:00+00", "billing", "public.invoice"},
                {"2026-11-25 02:59:00+00", "2", "2026-11-25 02:56:00+00", "billing", "public.invoice"}}),
      EvidenceItem{.probe = "idle_transactions", .why = "timed out"}};
  for (std::size_t i = 0; i < 3; ++i) details.evidence.items[i].id = "E" + std::to_string(i + 1);
  return details;
}

struct Told {
  Explanation explanation = explain(blocked(), kNow);
  internal::Sheet sheet = internal::sheet_of(explanation);

  // The line whose text has these words.
  const internal::SheetLine& line(std::string_view words) const {
    const auto found =
        std::ranges::find_if(sheet.lines, [&](const auto& l) { return l.masked.text.contains(words); });
    EXPECT_NE(found, sheet.lines.end()) << words;
    return found == sheet.lines.end() ? sheet.lines.front() : *found;
  }
  const ExplainedSentence& sentence(std::string_view words) const {
    return explanation.sentences[line(words).sentence];
  }
  // That line in other words; "{0}", "{1}" stand for its slots.
  WordedSentence worded(std::string_view words, std::string text) const {
    const auto& at = line(words);
    for (std::size_t i = 0; i < at.masked.slots.size(); ++i) {
      const auto mark = "{" + std::to_string(i) + "}";
      for (auto found = text.find(mark); found != std::string::npos; found = text.find(mark))
        text.replace(found, mark.size(), at.masked.slots[i]);
    }
    const auto& said = explanation.sentences[at.sentence];
    return {
        .section = to_word(said.section), .text = text, .evidence_ids = {said.source}, .restates = {at.id}};
  }
  internal::Worded put(std::vector<WordedSentence> sentences) const {
    return internal::put_in_words(explanation, sheet, sentences);
  }
};

inline std::vector<std::string> texts_of(const Explanation& explanation) {
  std::vector<std::string> texts;
  for (const auto& sentence : explanation.sentences)
    if (sentence.is_proven) texts.push_back(sentence.source + " " + sentence.text.text());
  return texts;
}

inline constexpr std::string_view kWaited = "waited for it";
inline constexpr std::string_view kBegan = "began a transaction";
inline constexpr std::string_view kDenied = "does not wait for anybody";
inline constexpr std::string_view kDoubt = "likely and not certain";
inline constexpr std::string_view kOpen = "Not known";
inline constexpr std::string_view kTitle = "Most likely";

}  // namespace selfheal::assistant::test
