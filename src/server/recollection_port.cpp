#include "server/recollection_port.h"

#include <algorithm>

namespace selfheal::server {
namespace {

api::SimilarCase runbook_case(const memory::Recalled& recalled) {
  return {.what = "runbook",
          .name = std::string(recalled.runbook->name),
          .title = std::string(recalled.runbook->title),
          .why = recalled.why,
          .trust = to_word(recalled.trust)};
}

api::SimilarCase past_case(memory::Recalled recalled) {
  const auto& past = recalled.past;
  api::SimilarCase similar{.what = "incident",
                           .name = to_text(recalled.incident),
                           .title = !past.title.empty()     ? past.title
                                    : !past.message.empty() ? past.message
                                                            : past.condition,
                           .why = std::move(recalled.why),
                           .cause = past.cause,
                           .trust = to_word(recalled.trust),
                           .experience = std::move(recalled.experience),
                           .notes = std::move(recalled.notes),
                           .at = past.last_seen};
  for (const auto& record : recalled.records)
    similar.outcomes.push_back({record.action, record.helped, record.tried});
  if (!similar.outcomes.empty() && similar.outcomes.front().helped > 0) {
    const auto& best = similar.outcomes.front();
    similar.action = best.action;
    similar.helped = best.helped;
    similar.tried = best.tried;
  }
  const auto last = std::ranges::find(past.outcomes, healing::Ending::treated, &healing::PastCase::ending);
  if (last != past.outcomes.end()) similar.verdict = to_word(last->verdict);
  return similar;
}

std::vector<api::SimilarCase> cases_of(std::vector<memory::Recalled> recalled) {
  std::vector<api::SimilarCase> cases;
  for (auto& one : recalled)
    cases.push_back(one.runbook != nullptr ? runbook_case(one) : past_case(std::move(one)));
  return cases;
}

}  // namespace

Task<std::vector<api::SimilarCase>> RecollectionOverMemory::similar_to(IncidentNumber number, int limit,
                                                                       Deadline deadline) {
  CO_TRY(auto incident, co_await incidents_.find(number, deadline));
  const auto most = static_cast<std::size_t>(limit);
  CO_TRY(auto recalled, co_await memory_.similar_to(std::move(incident), most, deadline));
  co_return cases_of(std::move(recalled));
}

Task<std::vector<api::SimilarCase>> RecollectionOverMemory::similar_to(std::string words, int limit,
                                                                       Deadline deadline) {
  const auto most = static_cast<std::size_t>(limit);
  CO_TRY(auto recalled, co_await memory_.similar_to(std::move(words), most, deadline));
  co_return cases_of(std::move(recalled));
}

}  // namespace selfheal::server
