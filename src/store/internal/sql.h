#pragma once

#include <string>
#include <string_view>

namespace selfheal::store {

// The query of that name, without its ".sql". CHECKs that it exists: names in code are part of the program.
std::string sql(std::string_view name);

}  // namespace selfheal::store
