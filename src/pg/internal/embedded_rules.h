#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/embedded.h"

namespace selfheal::embedded {
// src/pg/read_only_functions.txt (cmake/embed.cmake).
std::span<const EmbeddedFile> pg_read_only();
}  // namespace selfheal::embedded

namespace selfheal::pg::internal {
// Its lines, sorted.
std::span<const std::string_view> reviewed_function_names();
}  // namespace selfheal::pg::internal
