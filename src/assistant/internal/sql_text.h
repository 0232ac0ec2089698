#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace selfheal::assistant::internal {

// The statement in a question that is one: typed directly, in a ``` fence, or behind a word like "run". Told
// by its beginning; whether it may run, and whether it is SQL at all, is the gate's business. Nothing for a
// question in words, even when it starts with "show" or "update".
std::optional<std::string> sql_in(std::string_view question);

}  // namespace selfheal::assistant::internal
