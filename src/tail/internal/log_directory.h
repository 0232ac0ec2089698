#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tail/log_decoder.h"

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

// Which files of a directory are one server's log in one format.
struct LogNames {
  LogFormat format = LogFormat::jsonlog;
  // PostgreSQL's log_filename: what strftime fills in may be anything, and so may what a rotation appends.
  // Empty: every name.
  std::string log_filename;
  // The copies that logrotate compressed, instead of the files themselves.
  bool compressed = false;
};

// Whether a file with this name holds such a log. PostgreSQL writes jsonlog and csvlog beside the file that
// log_filename names, with ".json" and ".csv" instead of ".log", or behind a name that has no ".log".
bool is_log_name(std::string_view name, const LogNames& names);

// These files, oldest first by modification time, then by name; at most kFollowedFiles, the newest ones. A
// file with two names (a link) stands there once. not_found when the directory does not exist.
Result<std::vector<SeenFile>> list_logs(const std::filesystem::path& directory, const LogNames& names);

}  // namespace selfheal::tail
