#pragma once

#include <span>

#include "base/embedded.h"

namespace selfheal::embedded {
// setup.sql (cmake/embed.cmake).
std::span<const EmbeddedFile> sample_setup();
}  // namespace selfheal::embedded
