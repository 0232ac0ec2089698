#pragma once

#include <span>

#include "base/embedded.h"

namespace selfheal::embedded {
// The .sql files of watch/queries, sorted by name (cmake/embed.cmake).
std::span<const EmbeddedFile> watch_queries();
}  // namespace selfheal::embedded
