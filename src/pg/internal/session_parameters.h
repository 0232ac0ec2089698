#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "pg/connection.h"

// From what the configuration says about a server to what libpq is told.
namespace selfheal::pg::internal {

// One place to try; libpq tries them in order.
struct Place {
  std::string
      host;  // a name (kept for TLS verification), an address, a socket directory, or empty: libpq's default
  std::string address;  // what is connected to; empty until looked up, and for unix sockets
  std::string port;     // empty: libpq's default
};

struct SessionParameters {
  std::vector<Place> places;
  std::vector<std::pair<std::string, std::string>> others;  // libpq's keywords, the password among them
};

// Fails with invalid_input, without repeating it, when the conninfo cannot be read.
Result<SessionParameters> read_session_parameters(const ConnectOptions& options);
// Looks up the names among the places: libpq itself would block the thread. A name with several addresses
// becomes several places. Fails with unavailable when no name leads anywhere. `name` stands for the server in
// messages.
Task<SessionParameters> look_up_places(SessionParameters parameters, std::string name, Deadline deadline);
// Everything as the keyword list of PQconnectStartParams.
std::vector<std::pair<std::string, std::string>> keywords_of(const SessionParameters& parameters);

}  // namespace selfheal::pg::internal
