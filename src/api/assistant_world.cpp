#include "api/assistant_world.h"

#include <algorithm>

namespace selfheal::api {
namespace {

// The book cannot look for a SQLSTATE; so many of its newest pages are searched for one.
constexpr int kPagesSearched = 5;

assistant::SqlTrouble trouble_of(SqlProblem problem) {
  return {.is_refused = problem.is_refused,
          .rule = std::move(problem.rule),
          .message = problem.word.empty() ? std::move(problem.message)
                                          : problem.message + ": \"" + problem.word + "\"",
          .instead = std::move(problem.instead),
          .sqlstate = std::move(problem.sqlstate)};
}

assistant::Likeness likeness_of(SimilarCase similar) {
  return {.what = std::move(similar.what),
          .name = std::move(similar.name),
          .title = std::move(similar.title),
          .why = std::move(similar.why),
          .remedy = std::move(similar.action),
          .helped = similar.helped,
          .tried = similar.tried,
          .notes = std::move(similar.notes),
          .at = similar.at};
}

std::vector<assistant::Likeness> likenesses_of(std::vector<SimilarCase> cases) {
  std::vector<assistant::Likeness> likenesses;
  for (auto& similar : cases) likenesses.push_back(likeness_of(std::move(similar)));
  return likenesses;
}

}  // namespace

std::vector<assistant::ServerNow> AssistantWorld::servers() const {
  std::vector<assistant::ServerNow> servers;
  for (auto& state : parts_.administration.servers())
    servers.push_back({.name = std::move(state.name),
                       .state = std::move(state.state),
                       .state_why = std::move(state.state_why),
                       .version = std::move(state.version),
                       .can_act = state.can_act,
                       .act_why = std::move(state.act_why)});
  return servers;
}

std::optional<Recording> AssistantWorld::recorded(const ServerId& server) const {
  return parts_.administration.recorded(server);
}

Task<assistant::SqlRows> AssistantWorld::run_sql(ServerId server, std::string sql, assistant::Asker asker,
                                                 Deadline deadline) {
  CO_TRY(auto answer,
         co_await parts_.console.run(std::move(server), std::move(sql), std::move(asker.name), deadline));
  assistant::SqlRows rows{.trouble = {},
                          .columns = std::move(answer.columns),
                          .rows = std::move(answer.rows),
                          .is_cut = answer.is_cut,
                          .took = answer.took,
                          .notice = std::move(answer.notice)};
  if (answer.problem) rows.trouble = trouble_of(*std::move(answer.problem));
  co_return rows;
}

Task<std::vector<Incident>> AssistantWorld::incidents(assistant::IncidentQuery query, Deadline deadline) {
  const auto wanted = static_cast<std::size_t>(std::clamp(query.limit, 1, kPageRowsMost));
  IncidentFilter filter{.states = std::move(query.states),
                        .category = query.category,
                        .severity = {},
                        .server = std::move(query.server),
                        .since = query.since,
                        .before = {},
                        .limit = query.sqlstate ? kPageRowsMost : static_cast<int>(wanted)};
  std::vector<Incident> found;
  for (int page = 0; page < kPagesSearched; ++page) {
    CO_TRY(auto part, co_await parts_.book.incidents(filter, deadline));
    for (auto& incident : part.items)
      if (found.size() < wanted && (!query.sqlstate || incident.sqlstate == *query.sqlstate))
        found.push_back(std::move(incident));
    if (!part.next || found.size() >= wanted) break;
    filter.before = part.next;
  }
  co_return found;
}

Task<assistant::IncidentDetails> AssistantWorld::incident(IncidentNumber number, Deadline deadline) {
  CO_TRY(auto file, co_await parts_.book.incident_file(number, deadline));
  co_return assistant::IncidentDetails{.incident = std::move(file.incident),
                                       .timeline = std::move(file.timeline),
                                       .evidence = std::move(file.evidence),
                                       .treatments = std::move(file.treatments)};
}

Task<std::vector<Treatment>> AssistantWorld::treatments(int limit, Deadline deadline) {
  return parts_.book.treatments(limit, deadline);
}

Task<std::vector<assistant::Likeness>> AssistantWorld::similar_to(IncidentNumber number, int limit,
                                                                  Deadline deadline) {
  CO_TRY(auto cases, co_await parts_.recollection.similar_to(number, limit, deadline));
  co_return likenesses_of(std::move(cases));
}

Task<std::vector<assistant::Likeness>> AssistantWorld::similar_to(std::string words, int limit,
                                                                  Deadline deadline) {
  CO_TRY(auto cases, co_await parts_.recollection.similar_to(std::move(words), limit, deadline));
  co_return likenesses_of(std::move(cases));
}

Task<assistant::Proposal> AssistantWorld::propose(IncidentNumber number, assistant::Asker asker,
                                                  Deadline deadline) {
  CO_TRY(const auto incident, co_await parts_.book.incident(number, deadline));
  CO_TRY(auto outcome, co_await parts_.clinic.reconsider(incident.server, number, std::move(asker.name)));
  const bool awaits = outcome.incident.plan && outcome.word == healing::OutcomeWord::awaiting_approval;
  const bool advised = outcome.incident.plan && outcome.word == healing::OutcomeWord::proposed;
  assistant::Proposal proposal{.state = to_word(outcome.incident.state), .reason = {}, .plan = {}};
  if (awaits || advised)
    proposal.plan = std::move(outcome.incident.plan);
  else
    proposal.reason = std::move(outcome.reason);
  co_return proposal;
}

}  // namespace selfheal::api
