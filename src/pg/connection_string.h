#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace selfheal::pg {

struct ConnectionTarget {
  // key='value' pairs for libpq. A client key's sslpassword stays in it: not for people, not for logs.
  std::string conninfo_without_password;
  Secret password;      // empty when the text has none
  std::string display;  // host:port/database for people; holds no user, password or option
};

// Reads postgresql:// and postgres:// URLs, SQLAlchemy's postgresql+<driver>://, and libpq's key=value form.
// Nothing is connected to or looked up. Fails with invalid_input naming the part that does not fit and never
// repeating a password; when libpq's own complaint could hold it, only the place is named.
Result<ConnectionTarget> parse_connection_string(std::string_view text);

// Whether every host it names is this machine: a unix socket, a loopback address or localhost.
bool is_this_machine(const ConnectionTarget& target);

}  // namespace selfheal::pg
