#include "healing/name.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "healing/fingerprint/fingerprint.h"
#include "healing/taxonomy/taxonomy.h"
#include "pg/statement.h"

namespace selfheal::healing {
namespace {

// Sessions in a failed transaction at one time; each costs a name and two ids.
constexpr std::size_t kSessions = 4096;

Sighting named(ErrorEvent event, const std::string& statement_fingerprint) {
  complete_from_message(event);
  Sighting sighting{.error_class = classify(event),
                    .name = fingerprint_of(event, statement_fingerprint),
                    .first_seen = event.key.at,
                    .last_seen = event.key.at,
                    .keys = {event.key}};
  sighting.exemplar = std::move(event);
  return sighting;
}

// The code in a family. The names behind it may be anybody's words.
std::string_view kind_of(std::string_view family) {
  const auto begin = std::min(family.find('|'), family.size() - 1) + 1;
  const auto kind = family.substr(begin, family.find('|', begin) - begin);
  return kind.empty() ? "an error" : kind;
}

}  // namespace

Sighting sighting_of(ErrorEvent event) {
  if (event.statement.empty()) return named(std::move(event), {});
  auto facts = pg::statement_facts(event.statement);
  const auto fingerprint = facts ? facts->fingerprint : pg::statement_fingerprint(event.statement);
  // What failed is the query that a function could not run, not the call of the function.
  if (!event.internal_query.empty()) facts = pg::statement_facts(event.internal_query);
  auto sighting = named(std::move(event), fingerprint);
  if (facts) sighting.statement = *std::move(facts);
  return sighting;
}

Sighting sighting_of_trouble(ErrorEvent event) { return named(std::move(event), {}); }

Sighting LogNames::sighting_of(ErrorEvent event) {
  const auto session = event.key.session_id;
  auto sighting = healing::sighting_of(std::move(event));
  if (session.empty()) return sighting;
  // RAISE may borrow any code: then it is the application's own error.
  if (sighting.exemplar.sqlstate != "25P02" || sighting.error_class.category == Category::application_raised)
    remember(session, sighting.name);
  else if (const auto* cause = cause_of(session))
    belong(sighting, *cause);
  return sighting;
}

void LogNames::belong(Sighting& sighting, const Fingerprint& cause) {
  sighting.error_class.category = sighting.error_class.category7 = Category::none;
  sighting.error_class.auto_fixable = false;
  sighting.error_class.why =
      fmt::format("a symptom of {}, which its session reported before", kind_of(cause.family));
  sighting.name = fingerprint_of(sighting.exemplar, cause.fingerprint);
}

const Fingerprint* LogNames::cause_of(const std::string& session) const {
  for (const auto* generation : {&young_, &old_})
    if (const auto found = generation->find(session); found != generation->end()) return &found->second;
  return nullptr;
}

void LogNames::remember(const std::string& session, const Fingerprint& cause) {
  if (young_.size() >= kSessions / 2 && !young_.contains(session)) old_ = std::exchange(young_, {});
  young_.insert_or_assign(session, cause);
}

}  // namespace selfheal::healing
