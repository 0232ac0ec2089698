#pragma once

#include <string>
#include <string_view>

namespace selfheal::tail {

// A log_line_prefix that could have printed this text: moments, numbers, sessions, addresses and names behind
// words like "user=" become escapes, the rest stays.
std::string prefix_shape(std::string_view head);

}  // namespace selfheal::tail
