#pragma once

#include <span>

#include "base/embedded.h"

namespace selfheal::embedded {
// The .sql files of this folder, sorted by name (cmake/embed.cmake).
std::span<const EmbeddedFile> evidence_probes();
}  // namespace selfheal::embedded
