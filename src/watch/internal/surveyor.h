#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/evidence.h"
#include "watch/findings.h"
#include "watch/internal/kept_connection.h"

namespace selfheal::watch::internal {

// Looks slowly at what raises no error. One query at a time, so a survey never runs while the one before
// does, and the connection is given back between two queries, so a probe waits for one at most. What cannot
// be read is left out until the next survey: unknown is not healthy, and nothing is told.
//
// Findings that live in a database are looked for in the database of the kept connection, and in the others
// that the role may connect to, one short connection and one database at a time. Not while connections are
// near their limit, and never again (until the kept connection is another) in one that refused: each refusal
// is a line in the server's log.
//
// On a standby only connections, slots and holders of xmin: the rest is its primary's matter.
class Surveyor {
 public:
  struct Options {
    std::function<pg::ConnectOptions(const std::string& database)> visiting;
    std::function<void(std::vector<Sighting>)> tell;
  };

  // `link` and `clock` outlive it.
  Surveyor(Options options, TroubleOptions troubles, KeptConnection& link, Clock& clock);
  void set(const Thresholds& thresholds) { findings_.set(thresholds); }
  const Thresholds& thresholds() const { return findings_.thresholds(); }
  // The latest answer to a query of the surveys in the database of the kept connection, or why there is none;
  // null before the first of this session.
  const EvidenceItem* latest(std::string_view query) const;

  // Until cancelled.
  StatusTask run();

 private:
  using Due = Deadline::Moment;
  // Where the survey of a database's sequences goes on, and which of the others are worth a look each time.
  struct SequencePlace {
    std::int64_t from = 0;  // oid after which the next page begins
    std::set<std::int64_t> near_end;
  };

  // Whether it is time, and then when it is the next time.
  bool is_due(Due& due, Duration period);
  asio::awaitable<void> survey();
  StatusTask connections();
  StatusTask server();
  StatusTask ages();
  asio::awaitable<void> visit(std::string name);
  // `connection`: of the database; null for the kept one.
  StatusTask database(pg::Connection* connection, std::string name);
  StatusTask sequences(pg::Connection* connection, std::string name);
  // `goes_on`: its rows belong to those of the same query before.
  Task<pg::Rows> ask(pg::Connection* connection, std::string query, std::vector<pg::Param> parameters,
                     bool goes_on = false);
  void keep(const std::string& query, const Result<pg::Rows>& rows, Duration took, bool goes_on);
  void tell(std::vector<Sighting> sightings) const;
  void note(const char* what, const Status& status) const;

  Options options_;
  Findings findings_;
  KeptConnection& link_;
  Clock& clock_;
  std::int64_t session_ = 0;  // of link_, to which what follows belongs
  bool is_crowded_ = false;
  std::vector<std::string> others_;     // the other databases, sorted
  std::vector<std::string> unvisited_;  // of this round
  std::set<std::string> refused_;
  std::map<std::string, SequencePlace> sequences_;  // database ->
  std::map<std::string, EvidenceItem, std::less<>> latest_;
  Due connections_due_{}, server_due_{}, database_due_{}, others_due_{};
};

}  // namespace selfheal::watch::internal
