#pragma once

#include <optional>
#include <string_view>

#include "pg/message_template.h"

namespace selfheal::pg::internal {

// The kind that a template's brace names, `table` in {table}; nothing when it is none.
std::optional<SlotKind> slot_kind(std::string_view name);

// Whether a slot of this kind can hold this text. Narrow on purpose for what is kept: a text that is no name,
// number or word of the server's must not pass for one.
bool fits(SlotKind kind, std::string_view text);

}  // namespace selfheal::pg::internal
