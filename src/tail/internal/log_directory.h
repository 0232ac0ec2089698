#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

struct stat;

namespace selfheal::tail {

struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  friend auto operator<=>(const FileId&, const FileId&) = default;
};

// A log file as its directory shows it.
struct SeenFile {
  std::string name;
  FileId id;
  std::uint64_t size = 0;
  Time modified{};
};

SeenFile seen_file(std::string name, const struct stat& status);

// The jsonlog files of a directory, oldest first by modification time, then by name; at most kFollowedFiles,
// the newest ones. A file with two names (a link) stands there once. not_found when the directory does not
// exist.
Result<std::vector<SeenFile>> list_logs(const std::filesystem::path& directory);

}  // namespace selfheal::tail
