#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace selfheal::server {

// Becomes `user` for good when we are root: PostgreSQL refuses to run as root, and nothing here needs it. The
// directories are made and given to that user first. Without root: nothing happens. Prefers `user`, then
// "selfheal", then "postgres"; an error names what to create when none exists.
Status drop_root(const std::string& user, const std::vector<std::filesystem::path>& directories);

}  // namespace selfheal::server
