#pragma once

#include <span>

#include "base/embedded.h"

namespace selfheal::embedded {
// The .sql files of assistant/queries, sorted by name (cmake/embed.cmake).
std::span<const EmbeddedFile> assistant_queries();
}  // namespace selfheal::embedded
