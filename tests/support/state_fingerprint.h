#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/temporary_postgres.h"

namespace selfheal::test {

struct FingerprintOptions {
  // Extensions whose functions may be called: what calls any other function outside pg_catalog is a
  // difference.
  std::vector<std::string> trusted_extensions;
  // A NOTIFY on one of them is a difference.
  std::vector<std::string> channels = {"x", "y", "c", "ch", "chan", "t", "foo"};
};

// What settings of a server keep its own housekeeping out of a fingerprint, and count what is called.
std::map<std::string, std::string> settings_for_fingerprints();

// What a server holds, so that a test can say that a statement changed nothing: rows and sequences, catalogs,
// roles, large objects, slots, prepared transactions, locks, the counters of written rows, of called
// functions and of checkpoints (they also tell of what was rolled back), times of resets and reloads,
// settings, the next transaction id, processes, received notifications, names of the files, and the text of
// the configuration. Not seen: what ends with a session while it lasts, such as an advisory lock that was
// released, and files outside of the data directory.
//
// Knows the tables and sequences of the database `postgres` at its construction. Ends the test program when
// the server does not answer.
class StateFingerprint {
 public:
  using Parts = std::map<std::string, std::string>;  // what it is, and a checksum or a value

  explicit StateFingerprint(const TemporaryPostgres& server, FingerprintOptions options = {});
  ~StateFingerprint();
  StateFingerprint(const StateFingerprint&) = delete;
  StateFingerprint& operator=(const StateFingerprint&) = delete;

  // Waits until the sessions named `selfheal ask` have ended, at most ten seconds: their counters count by
  // then. One that is still there is a part of its own.
  Parts take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Names of the parts that are not the same, with both values; empty when nothing changed.
std::vector<std::string> differences(const StateFingerprint::Parts& before,
                                     const StateFingerprint::Parts& after);

}  // namespace selfheal::test
