#include <fmt/format.h>

#include "api/internal/handlers.h"
#include "api/internal/views.h"
#include "contract/decision.h"

// People decide: approve, refuse, resolve.
namespace selfheal::api {
namespace {

using contract::to_json;

http::Problem plan_stale(std::string detail) {
  return {409, "plan-stale", "This plan is not the one that would be carried out now", std::move(detail)};
}

// What the plan on the page and the plan in the book have to say to each other, before healing looks at the
// server again.
std::optional<http::Problem> objection(const Incident& incident, const contract::Approval& approval,
                                       Time now) {
  if (!incident.plan) return plan_stale("The incident has no plan now. Read it again.");
  const auto& plan = *incident.plan;
  if (plan.plan_id != approval.plan_id || plan.plan_hash != approval.plan_hash)
    return plan_stale("The plan has changed since it was shown. Read it again, then decide again.");
  if (plan.expires_at <= now)
    return plan_stale("The plan has expired. Read the incident again for a fresh one.");
  return std::nullopt;
}

// Nothing when it is a reason that people can read.
std::optional<http::Response> misfit_of(const Call& call, const contract::Judgement& judgement) {
  if (judgement.why.empty()) return misfit(call, {{"/why", "must not be empty: people will want to know"}});
  if (judgement.why.size() > kFieldBytes)
    return misfit(call, {{"/why", fmt::format("must have at most {} bytes", kFieldBytes)}});
  return std::nullopt;
}

Task<http::Response> judged(Call call, IncidentState state) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto judgement = body_of<contract::Judgement>(call);
  if (!judgement) co_return std::move(judgement).error();
  if (auto misfit = misfit_of(call, *judgement)) co_return *std::move(misfit);
  auto& parts = call.context.parts;
  CO_TRY(const auto incident, co_await parts.book.incident(number, call.deadline));
  if (auto changed = stale(call, incident.rev)) co_return *std::move(changed);
  CO_TRY(const auto after,
         co_await parts.clinic.set_state(incident.server, number, state, call.caller.name, judgement->why));
  co_return answer(to_json(view_of(after)));
}

}  // namespace

Task<http::Response> approve_incident(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto approval = body_of<contract::Approval>(call);
  if (!approval) co_return std::move(approval).error();
  auto& parts = call.context.parts;
  CO_TRY(const auto incident, co_await parts.book.incident(number, call.deadline));
  if (auto changed = stale(call, incident.rev)) co_return *std::move(changed);
  if (auto objected = objection(incident, *approval, parts.clock.now())) co_return problem(call, *objected);
  const healing::Principal person{.name = call.caller.name,
                                  .may_approve = may(call.caller, Permission::operate)};
  auto outcome =
      co_await parts.clinic.approve(incident.server, number, approval->plan_id, approval->plan_hash, person);
  if (!outcome && outcome.error().code == ErrorCode::conflict)
    co_return problem(call, plan_stale(outcome.error().message));
  if (!outcome) co_return std::unexpected(std::move(outcome).error());
  const contract::ApprovalAnswer view{
      .outcome = to_word(outcome->word), .reason = outcome->reason, .incident = view_of(outcome->incident)};
  co_return answer(to_json(view));
}

Task<http::Response> reconsider_incident(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto& parts = call.context.parts;
  CO_TRY(const auto incident, co_await parts.book.incident(number, call.deadline));
  CO_TRY(const auto outcome, co_await parts.clinic.reconsider(incident.server, number, call.caller.name));
  const contract::ApprovalAnswer view{
      .outcome = to_word(outcome.word), .reason = outcome.reason, .incident = view_of(outcome.incident)};
  co_return answer(to_json(view));
}

Task<http::Response> take_incident(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto& parts = call.context.parts;
  CO_TRY(const auto incident, co_await parts.book.incident(number, call.deadline));
  CO_TRY(const auto after, co_await parts.clinic.take(incident.server, number, call.caller.name));
  co_return answer(to_json(view_of(after)));
}

Task<http::Response> note_incident(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto judgement = body_of<contract::Judgement>(call);
  if (!judgement) co_return std::move(judgement).error();
  if (auto misfit = misfit_of(call, *judgement)) co_return *std::move(misfit);
  auto& parts = call.context.parts;
  CO_TRY(const auto incident, co_await parts.book.incident(number, call.deadline));
  CO_TRY(const auto after,
         co_await parts.clinic.note(incident.server, number, call.caller.name, judgement->why));
  co_return answer(to_json(view_of(after)));
}

Task<http::Response> refuse_incident(Call call) { return judged(call, IncidentState::refused); }
Task<http::Response> resolve_incident(Call call) { return judged(call, IncidentState::resolved); }

}  // namespace selfheal::api
