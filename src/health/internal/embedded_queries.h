#pragma once

#include <span>

#include "base/embedded.h"

namespace selfheal::embedded {
// The .sql files of health/queries, sorted by name (cmake/embed.cmake).
std::span<const EmbeddedFile> health_queries();
}  // namespace selfheal::embedded
