#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "healing/incidents/incident_rules.h"
#include "model/incident.h"
#include "model/sighting.h"
#include "store/internal/json.h"

// The thinking half of filing: no SQL, no waiting.
namespace selfheal::store {

// A sighting on its way into the book, made storable: hostile names cut, times that PostgreSQL can hold,
// texts redacted. Raw texts stay in `sighting`, which is handed back to the caller and not written.
struct Draft {
  Sighting sighting;
  std::string redacted_message;
  std::string statement_shape;
  json::value exemplar;  // the redacted fields of the exemplar

  std::int64_t new_events = 0;  // told by the database: events that were not filed before
  healing::Filing filing = healing::Filing::not_an_incident;
  IncidentNumber incident;  // 0: none
};

Draft draft_of(ServerId server, Sighting sighting);
// One object per event, for event_keys_insert.sql.
json::array event_rows(const std::vector<Draft>& drafts);
json::object sighting_row(const Draft& draft);
// What memory keeps of a new incident's trouble, for cases_seen.sql.
json::object case_row(const Draft& draft);

// The backend that a log's session id ("%c": start.pid in hexadecimal) names; 0 when it is no such id.
int pid_of_session(std::string_view session_id);

// The incidents that one filing touches.
class OpenBook {
 public:
  OpenBook(std::int64_t last_number, Time now) : last_number_(last_number), now_(now) {}

  // The youngest incident of the draft's key, or the one it was merged into, as it is stored.
  void known(const Draft& draft, Incident incident);
  // Applies the rules of filing to a draft with new events.
  void enter(Draft& draft);

  std::int64_t last_number() const { return last_number_; }
  const Incident& incident(IncidentNumber number) const { return touched_.at(number).incident; }
  json::array new_rows() const { return rows(true); }
  json::array changed_rows() const { return rows(false); }
  const json::array& timeline() const { return timeline_; }

 private:
  struct Touched {
    Incident incident;
    bool is_new = false;
    bool is_changed = false;
  };
  using Key = std::pair<std::string, std::string>;  // database, fingerprint
  static Key key_of(const Draft& draft);
  json::array rows(bool is_new) const;
  void tell(const Draft& draft, std::string what, std::string text);

  std::int64_t last_number_;
  Time now_;
  std::map<Key, IncidentNumber> by_key_;
  std::map<IncidentNumber, Touched> touched_;
  json::array timeline_;
};

}  // namespace selfheal::store
