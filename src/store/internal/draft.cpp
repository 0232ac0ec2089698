#include "store/internal/draft.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "pg/identifier.h"
#include "pg/redact.h"
#include "store/internal/records.h"
#include "store/internal/text.h"

namespace selfheal::store {
namespace {

using healing::Filing;

// Stamps beyond these are nonsense that PostgreSQL or RFC 3339 cannot write. Fixed, because a stamp is part
// of the key that makes an event count once: the same event must be cut alike whenever it is read.
constexpr Time kEarliest = std::chrono::sys_days(std::chrono::year(1970) / 1 / 1);
constexpr Time kLatest = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);
constexpr std::size_t kSessionIdBytes = 128;  // PostgreSQL's has 17 at most; those of other intakes are UUIDs
constexpr std::size_t kFamilyBytes = 2048;    // a SQLSTATE and a few object names

Time storable_time(Time time) { return std::clamp(time, kEarliest, kLatest); }

void make_storable(Sighting& sighting) {
  auto& event = sighting.exemplar;
  event.database = storable(event.database, kStoredNameBytes);
  event.sqlstate = storable(event.sqlstate, kStoredNameBytes);
  event.trouble = storable(event.trouble, kStoredNameBytes);
  sighting.name.family = storable(sighting.name.family, kFamilyBytes);
  sighting.name.fingerprint = storable(sighting.name.fingerprint, kStoredNameBytes);
  sighting.first_seen = storable_time(sighting.first_seen);
  sighting.last_seen = storable_time(sighting.last_seen);
  for (auto& key : sighting.keys) {
    key.at = storable_time(key.at);
    key.session_id = storable(key.session_id, kSessionIdBytes);
  }
}

pg::ErrorFields fields_of(const ErrorEvent& event) {
  return {.sqlstate = event.sqlstate,
          .message = event.message,
          .detail = event.detail,
          .hint = event.hint,
          .context = event.context,
          .statement = event.statement,
          .internal_query = event.internal_query,
          .database = event.database,
          .user = event.user,
          .application = event.application,
          .client_host = event.client_host,
          .objects = event.objects};
}

// The parts of a family, which `|` divides; a backslash stands before one that belongs to a name.
std::vector<std::string_view> parts_of(std::string_view family) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t i = 0; i < family.size(); ++i) {
    if (family[i] == '\\')
      ++i;
    else if (family[i] == '|') {
      parts.push_back(family.substr(start, i - start));
      start = i + 1;
    }
  }
  parts.push_back(family.substr(std::min(start, family.size())));
  return parts;
}

std::string unescaped(std::string_view part) {
  std::string name;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '\\' && i + 1 < part.size()) ++i;
    name += part[i];
  }
  return name;
}

// What a family says beside names of objects: who raised the error, which process had it, the application's
// own code.
bool is_of_no_object(std::string_view part) {
  return !part.contains('=') || part.starts_with("raised=") || part.starts_with("backend=") ||
         part.starts_with("code=");
}

// The names that redaction shows.
std::vector<std::string> shown_names(const pg::ObjectNames& objects) {
  std::vector<std::string> names;
  for (const auto field : {&pg::ObjectNames::table, &pg::ObjectNames::column, &pg::ObjectNames::constraint,
                           &pg::ObjectNames::index, &pg::ObjectNames::datatype, &pg::ObjectNames::role,
                           &pg::ObjectNames::routine, &pg::ObjectNames::schema, &pg::ObjectNames::database,
                           &pg::ObjectNames::parameter, &pg::ObjectNames::partition,
                           &pg::ObjectNames::sequence, &pg::ObjectNames::slot})
    if (const auto& name = objects.*field; !name.empty()) names.push_back(name);
  // Of a type without its schema, too.
  if (const auto type = pg::parse_qualified_name(objects.datatype)) names.push_back(type->name);
  return names;
}

// A family is stored as people read it, so it holds no name that redaction does not show.
std::string shown_family(std::string_view family, const pg::ObjectNames& objects) {
  const auto names = shown_names(objects);
  std::string shown;
  for (const auto part : parts_of(family)) {
    const auto sign = part.find('=');
    const bool is_shown =
        is_of_no_object(part) || std::ranges::find(names, unescaped(part.substr(sign + 1))) != names.end();
    if (!shown.empty()) shown += '|';
    shown += is_shown ? std::string(part) : std::string(part.substr(0, sign)) + "=‹name›";
  }
  return pg::redact_own_text(shown).text();
}

pg::RedactedError redacted(const ErrorEvent& event) {
  auto clean = pg::redact(fields_of(event));
  // What the watch saw it says in our words, which are no sentence of PostgreSQL's.
  if (event.intake == Intake::watch) clean.message = pg::redact_own_text(event.message);
  return clean;
}

json::value exemplar_of(const ErrorEvent& event, const pg::RedactedError& clean) {
  const auto text = [](const pg::RedactedText& field) { return to_json(field.text()); };
  return json::object{{"level", to_json(event.level)},
                      {"routine", to_json(event.routine)},
                      {"backend_type", to_json(event.backend_type)},
                      {"pid", event.pid},
                      {"message", text(clean.message)},
                      {"detail", text(clean.detail)},
                      {"hint", text(clean.hint)},
                      {"context", text(clean.context)},
                      {"statement", text(clean.statement)},
                      {"internal_query", text(clean.internal_query)},
                      {"user", text(clean.user)},
                      {"application", text(clean.application)},
                      {"client_host", text(clean.client_host)}};
}

// Which backend raised an event: its session id says it, or there is one event and the exemplar says it.
int pid_of(const Sighting& sighting, const EventKey& key) {
  const int pid = pid_of_session(key.session_id);
  return pid != 0 || sighting.count() != 1 ? pid : sighting.exemplar.pid;
}

}  // namespace

int pid_of_session(std::string_view session_id) {
  const auto dot = session_id.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return 0;
  int pid = 0;
  const auto* const end = session_id.data() + session_id.size();
  const auto [stop, error] = std::from_chars(session_id.data() + dot + 1, end, pid, 16);
  return error == std::errc{} && stop == end && pid > 0 ? pid : 0;
}

Draft draft_of(ServerId server, Sighting sighting) {
  sighting.exemplar.server = std::move(server);
  const auto clean = redacted(sighting.exemplar);
  sighting.name.family = shown_family(sighting.name.family, clean.objects);
  make_storable(sighting);
  Draft draft{.sighting = std::move(sighting),
              .redacted_message = clean.message.text(),
              .statement_shape = clean.statement.text(),
              .exemplar = {}};
  draft.exemplar = exemplar_of(draft.sighting.exemplar, clean);
  return draft;
}

json::array event_rows(const std::vector<Draft>& drafts) {
  json::array rows;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    const auto& sighting = drafts[i].sighting;
    for (const auto& key : sighting.keys)
      rows.push_back({{"sighting", i},
                      {"session_id", to_json(key.session_id)},
                      {"line_number", key.line_number},
                      {"at", to_json(key.at)},
                      {"intake", to_json(sighting.exemplar.intake)},
                      {"sqlstate", to_json(sighting.exemplar.sqlstate)},
                      {"pid", pid_of(sighting, key)}});
  }
  return rows;
}

json::object sighting_row(const Draft& draft) {
  const auto& sighting = draft.sighting;
  const auto number = draft.incident.value();
  return {{"server", to_json(sighting.exemplar.server.value())},
          {"incident", number > 0 ? json::value(number) : json::value()},
          {"at", to_json(sighting.first_seen)},
          {"last_seen", to_json(sighting.last_seen)},
          {"count", draft.new_events},
          {"intake", to_json(sighting.exemplar.intake)},
          {"family", to_json(sighting.name.family)},
          {"fingerprint", to_json(sighting.name.fingerprint)},
          {"redacted_message", to_json(draft.redacted_message)},
          {"statement_shape", to_json(draft.statement_shape)},
          {"exemplar", draft.exemplar}};
}

json::object case_row(const Draft& draft) {
  const auto& sighting = draft.sighting;
  const auto& texts = draft.exemplar.get_object();
  return {{"fingerprint", to_json(sighting.name.fingerprint)},
          {"family", to_json(sighting.name.family)},
          {"sqlstate", to_json(sighting.exemplar.sqlstate)},
          {"condition", to_json(sighting.error_class.condition)},
          {"message", to_json(draft.redacted_message)},
          {"detail", texts.at("detail")},
          {"hint", texts.at("hint")},
          {"context", texts.at("context")},
          {"statement", to_json(draft.statement_shape)},
          {"incident", draft.incident.value()},
          {"last_seen", to_json(sighting.last_seen)}};
}

OpenBook::Key OpenBook::key_of(const Draft& draft) {
  return {draft.sighting.exemplar.database, draft.sighting.name.fingerprint};
}

void OpenBook::known(const Draft& draft, Incident incident) {
  const auto number = incident.number;
  by_key_[key_of(draft)] = number;
  touched_.try_emplace(number, Touched{.incident = std::move(incident)});
}

void OpenBook::enter(Draft& draft) {
  const auto found = by_key_.find(key_of(draft));
  auto* touched = found == by_key_.end() ? nullptr : &touched_.at(found->second);
  draft.filing = healing::filing_of(draft.sighting, touched ? &touched->incident : nullptr, now_);
  if (draft.filing == Filing::not_an_incident) return;
  if (draft.filing == Filing::first) {
    auto incident = healing::opened(draft.sighting, draft.new_events, now_);
    incident.number = IncidentNumber(++last_number_);
    incident.redacted_message = draft.redacted_message;
    incident.statement_shape = draft.statement_shape;
    draft.incident = by_key_[key_of(draft)] = incident.number;
    touched_.insert_or_assign(draft.incident, Touched{.incident = std::move(incident), .is_new = true});
    tell(draft, "filed", "First seen: " + draft.redacted_message);
    return;
  }
  touched->incident =
      healing::counted(std::move(touched->incident), draft.sighting, draft.new_events, draft.filing, now_);
  touched->is_changed = true;
  draft.incident = touched->incident.number;
  if (draft.filing == Filing::reopened) tell(draft, "reopened", "Seen again after it was closed.");
}

void OpenBook::tell(const Draft& draft, std::string what, std::string text) {
  timeline_.push_back({{"incident", draft.incident.value()},
                       {"at", to_json(now_)},
                       {"what", to_json(what)},
                       {"text", to_json(text)}});
}

json::array OpenBook::rows(bool is_new) const {
  json::array rows;
  for (const auto& [number, touched] : touched_)
    if (touched.is_new == is_new && (is_new || touched.is_changed)) rows.push_back(row_of(touched.incident));
  return rows;
}

}  // namespace selfheal::store
