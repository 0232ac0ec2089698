#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/words.h"
#include "healing/ports.h"
#include "pg/connection_string.h"
#include "watch/census.h"
#include "watch/troubles.h"

namespace selfheal::watch {

// Of the connection that the recorder uses.
enum class LinkState { connecting, up, in_recovery, down };
BOOST_DESCRIBE_ENUM(LinkState, connecting, up, in_recovery, down)

struct WatchedServerOptions {
  ServerId server;
  // Role with pg_monitor and read access; its database is the one whose tables are named in recordings.
  pg::ConnectionTarget observe;
  // Role that may act. Without it Selfheal never acts here. Its database must be the same for all
  // installations that watch this server: the lock that lets only one of them act is one of this database.
  std::optional<pg::ConnectionTarget> act;
  std::vector<std::string> own_users;  // the roles of both, when they are Selfheal's alone
  Thresholds thresholds;
  std::function<Sighting(ErrorEvent)> name;  // see TroubleOptions
  // Takes troubles that raise no error. Called on the control thread, never empty; must not wait.
  std::function<void(std::vector<Sighting>)> found;
};

// As of now.
struct ServerStatus {
  LinkState state = LinkState::connecting;
  std::string why;                // while not up: what the last attempt to connect said, without values
  Time since{};                   // in this state
  std::string server_version;     // "15.20"; of the last connection
  std::string system_identifier;  // tells two servers apart whatever they are called; empty when not readable
  std::string database;           // of the observe connection
  bool sees_all_sessions = false;  // false: the role lacks pg_monitor, and "nobody waits" is not known
  bool can_observe = false;        // the connection for probes is up
  bool can_act = false;            // the acting connection is up
  std::string act_why;             // why it is not
};

// One watched PostgreSQL server: three connections that are opened at start and kept (for the recorder, for
// probes, for acts; docs/decisions/0003-recorder-connection.md), the flight recorder, and the watch for
// troubles that raise no error. A lost connection is opened again by itself: at once, then after 100 ms, 200
// ms … 1 s.
//
// All calls on the control thread. It outlives every awaited call on it.
class WatchedServer final : public healing::MonitoredDatabase {
 public:
  // `clock` outlives this object; `executor` is the control thread's.
  WatchedServer(WatchedServerOptions options, Clock& clock, asio::any_io_executor executor);
  ~WatchedServer() override;

  // Starts to connect and to record. Once.
  void start();
  // Ends all of it; afterwards every call fails with `unavailable`. Callers of run, act and undo are
  // cancelled first.
  asio::awaitable<void> stop();

  ServerStatus status() const;
  // Who was there about a second ago, at the latest look; nothing before the first.
  std::optional<Census> census() const;
  // The latest answer of a survey (a name of queries/*.sql that internal/surveyor.h asks) in the database of
  // the observe connection, with its SQL; failed, with the reason, while there is none.
  EvidenceItem surveyed(std::string_view query) const;
  const Thresholds& thresholds() const;
  void set(const Thresholds& thresholds);

  // One probe at a time on the kept connection; for another database a connection is opened for the one
  // probe, two at once. `why` of a failed item holds SQLSTATE and our words, no value.
  asio::awaitable<EvidenceItem> run(const healing::Probe& probe, std::string database,
                                    healing::ProbeParameters parameters, Deadline deadline) override;
  Recording recorded() const override;

  // One at a time. `unavailable` and `timed_out` mean that nobody knows whether it took effect: the
  // connection was lost or the time was up after the guarded statement was sent. Every other error means that
  // nothing was done. conflict: another installation acts on this server, or a lock was not free within
  // kLockTimeoutOfActs.
  Task<healing::ActReport> act(healing::ApprovedRemedy remedy, TreatmentNumber treatment,
                               Deadline deadline) override;
  // The statements in order, in one transaction. One that answers with columns but no row, or with false,
  // ends it: rolled back, not touched.
  Task<healing::ActReport> undo(Treatment treatment, Deadline deadline) override;

 private:
  struct State;
  std::unique_ptr<State> state_;  // keeps connections and their coroutines out of this header
};

}  // namespace selfheal::watch
