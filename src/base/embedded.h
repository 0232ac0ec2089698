#pragma once

#include <span>
#include <string_view>

namespace selfheal {

// A file that cmake/embed.cmake put into the program. The text lives as long as the process.
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

}  // namespace selfheal
