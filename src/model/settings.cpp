#include "model/settings.h"

namespace selfheal {

std::string to_text(ActionMode mode) { return mode == ActionMode::automatic ? "auto" : to_word(mode); }

std::optional<ActionMode> action_mode_from(std::string_view text) {
  if (text == "auto") return ActionMode::automatic;
  if (text == "automatic") return std::nullopt;
  return from_word<ActionMode>(text);
}

}  // namespace selfheal
