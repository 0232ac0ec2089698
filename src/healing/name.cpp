#include "healing/name.h"

#include "healing/fingerprint/fingerprint.h"
#include "healing/taxonomy/taxonomy.h"
#include "pg/message_template.h"
#include "pg/statement.h"

namespace selfheal::healing {
namespace {

// jsonlog has no fields for schema, table, column and constraint; the message's template does.
pg::ObjectNames objects_of(const ErrorEvent& event) {
  if (event.objects != pg::ObjectNames{}) return event.objects;
  const auto matched = pg::match_message(event.message);
  return matched ? matched->names() : pg::ObjectNames{};
}

Sighting named(ErrorEvent event, const std::string& statement_fingerprint) {
  event.objects = objects_of(event);
  Sighting sighting{.error_class = classify(event),
                    .name = fingerprint_of(event, statement_fingerprint),
                    .first_seen = event.key.at,
                    .last_seen = event.key.at,
                    .keys = {event.key}};
  sighting.exemplar = std::move(event);
  return sighting;
}

}  // namespace

Sighting sighting_of(ErrorEvent event) {
  if (event.statement.empty()) return named(std::move(event), {});
  auto facts = pg::statement_facts(event.statement);
  const auto fingerprint = facts ? facts->fingerprint : pg::statement_fingerprint(event.statement);
  auto sighting = named(std::move(event), fingerprint);
  if (facts) sighting.statement = *std::move(facts);
  return sighting;
}

Sighting sighting_of_trouble(ErrorEvent event) { return named(std::move(event), {}); }

}  // namespace selfheal::healing
