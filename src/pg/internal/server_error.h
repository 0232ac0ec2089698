#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>

#include "pg/connection.h"

// What libpq's results and messages say, as our types.
namespace selfheal::pg::internal {

ServerError server_error_of(const PGresult* result);
Notice notice_of(const PGresult* result);

// A failed login has no result, only libpq's message in verbose form, which may tell of several attempts.
// `name` is how messages call the server. The message keeps what the last attempt was told: names of hosts,
// roles and databases, never a password.
Error login_error_of(std::string_view message, const std::string& name);

}  // namespace selfheal::pg::internal
