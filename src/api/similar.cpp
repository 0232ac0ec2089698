// What resembles an incident, or words, and what worked then.
#include <fmt/format.h>

#include "api/internal/handlers.h"
#include "api/internal/views.h"
#include "assistant/safe_text.h"
#include "base/log.h"
#include "contract/page.h"

namespace selfheal::api {
namespace {

using contract::to_json;

// A page has room for a few, and the likest are worth most.
constexpr int kSimilarOnPage = 5;
constexpr int kSimilar = 10;
// A sentence or an error; a longer text is a log.
constexpr std::size_t kSearchBytes = 4u << 10;

http::Response page_of(const std::vector<SimilarCase>& cases) {
  contract::Page<contract::SimilarCase> view;
  for (const auto& similar : cases) view.items.push_back(view_of(similar));
  return answer(to_json(view));
}

}  // namespace

// Titles hold names of the watched database, notes what people wrote: likenesses are quoted in conversations,
// where a name must not turn out to be a link.
contract::SimilarCase view_of(const SimilarCase& similar) {
  const bool is_runbook = similar.what == "runbook";
  contract::SimilarCase view{.what = similar.what,
                             .incident = is_runbook ? std::string() : similar.name,
                             .runbook = is_runbook ? similar.name : std::string(),
                             .title = assistant::safe_text(similar.title),
                             .cause = similar.cause,
                             .trust = similar.trust,
                             .action = similar.action,
                             .helped = similar.helped,
                             .tried = similar.tried,
                             .verdict = similar.verdict,
                             .experience = similar.experience,
                             .at = similar.at};
  for (const auto& why : similar.why) view.why.push_back(assistant::safe_text(why));
  for (const auto& note : similar.notes) view.notes.push_back(assistant::safe_text(note));
  for (const auto& record : similar.outcomes)
    view.outcomes.push_back({record.action, record.helped, record.tried});
  return view;
}

asio::awaitable<std::vector<contract::SimilarCase>> similar_for_page(Call call, IncidentNumber number) {
  std::vector<contract::SimilarCase> views;
  const auto cases =
      co_await call.context.parts.recollection.similar_to(number, kSimilarOnPage, call.deadline);
  if (!cases) log::warning("{}: what is similar: {}", to_text(number), cases.error().message);
  if (!cases) co_return views;
  for (const auto& similar : *cases) views.push_back(view_of(similar));
  co_return views;
}

Task<http::Response> show_similar(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  CO_TRY(const auto limit, page_limit(call.request, kSimilar));
  CO_TRY(const auto cases, co_await call.context.parts.recollection.similar_to(number, limit, call.deadline));
  co_return page_of(cases);
}

Task<http::Response> search_memory(Call call) {
  const auto* words = call.request.query_value("q");
  if (words == nullptr || words->empty())
    co_return misfit(call, {{"/query/q", "must hold the words to search for"}});
  if (words->size() > kSearchBytes)
    co_return misfit(call, {{"/query/q", fmt::format("must have at most {} bytes", kSearchBytes)}});
  CO_TRY(const auto limit, page_limit(call.request, kSimilar));
  CO_TRY(const auto cases, co_await call.context.parts.recollection.similar_to(*words, limit, call.deadline));
  co_return page_of(cases);
}

}  // namespace selfheal::api
