#pragma once

#include <span>

#include "base/embedded.h"

namespace selfheal::embedded {
// The .scenario files of the playbooks, sorted by name (cmake/embed.cmake).
std::span<const EmbeddedFile> playbook_scenarios();
}  // namespace selfheal::embedded
