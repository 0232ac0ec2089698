#pragma once

#include <string>
#include <string_view>

namespace selfheal::pg::internal {

// The statement with a mark in place of each number and plain string, written into `key`: statements with the
// same key have the same fingerprint, so one parse serves all of them. False when that cannot be said for
// certain, or cheaply: anything but one SELECT, INSERT, UPDATE, DELETE, WITH or VALUES, other kinds of
// literals, a value that the grammar itself reads (float(24) is another type than float(25)), text that is
// not UTF-8. `key` holds rubbish then. Linear time, any bytes.
bool statement_key(std::string_view sql, std::string& key);

}  // namespace selfheal::pg::internal
