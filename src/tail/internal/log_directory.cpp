#include "tail/internal/log_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <tuple>

#include "tail/file_follower.h"

namespace selfheal::tail {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

// What logrotate and people leave beside the logs; reading it as text makes no sense.
constexpr std::array<std::string_view, 2> kNotText{".zip", ".tmp"};
constexpr std::array<std::string_view, 5> kCompressed{".gz", ".bz2", ".xz", ".zst", ".lz4"};

bool ends_with_any(std::string_view name, std::span<const std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

// log_filename as a pattern of fnmatch() that a log of each format fits.
std::string pattern_of(std::string_view log_filename) {
  constexpr std::string_view kEnding = ".log";
  if (log_filename.ends_with(kEnding)) log_filename.remove_suffix(kEnding.size());
  std::string pattern;
  for (std::size_t at = 0; at < log_filename.size(); ++at) {
    if (log_filename[at] == '%' && at + 1 < log_filename.size()) {
      pattern += log_filename[++at] == '%' ? "%" : "*";
      continue;
    }
    if (std::string_view("*?[]\\").contains(log_filename[at])) pattern += '\\';
    pattern += log_filename[at];
  }
  return pattern + "*";
}

bool is_of_format(std::string_view name, LogFormat format) {
  const bool is_json = name.contains(".json");
  const bool is_csv = !is_json && name.contains(".csv");
  switch (format) {
    case LogFormat::jsonlog:
      return is_json;
    case LogFormat::csvlog:
      return is_csv;
    case LogFormat::stderr_:
      break;
  }
  return !is_json && !is_csv;
}

bool is_older(const SeenFile& a, const SeenFile& b) {
  return std::tie(a.modified, a.name) < std::tie(b.modified, b.name);
}

}  // namespace

// "postgresql-Mon.json", and after a rotation by rename "postgresql.json.1" or "postgresql.json-20261125".
bool is_log_name(std::string_view name, const LogNames& names) {
  if (name.empty() || name.front() == '.' || !is_of_format(name, names.format)) return false;
  if (ends_with_any(name, kNotText) || ends_with_any(name, kCompressed) != names.compressed) return false;
  return names.log_filename.empty() ||
         fnmatch(pattern_of(names.log_filename).c_str(), std::string(name).c_str(), 0) == 0;
}

SeenFile seen_file(std::string name, const struct stat& status) {
  const auto modified =
      std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {std::move(name), FileId{status.st_dev, status.st_ino}, static_cast<std::uint64_t>(status.st_size),
          Time(std::chrono::floor<Duration>(modified))};
}

Result<std::vector<SeenFile>> list_logs(const std::filesystem::path& directory, const LogNames& names) {
  const std::unique_ptr<DIR, CloseDirectory> open(opendir(directory.c_str()));
  if (!open) {
    const auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::failed;
    return failure(code, fmt::format("log directory {}: {}", directory.string(), std::strerror(errno)));
  }
  std::vector<SeenFile> files;
  std::set<FileId> ids;
  while (const auto* entry = readdir(open.get())) {
    struct stat status{};
    if (!is_log_name(entry->d_name, names) || fstatat(dirfd(open.get()), entry->d_name, &status, 0) != 0)
      continue;
    if (!S_ISREG(status.st_mode)) continue;
    auto file = seen_file(entry->d_name, status);
    if (ids.insert(file.id).second) files.push_back(std::move(file));
  }
  std::ranges::sort(files, is_older);
  if (files.size() > kFollowedFiles) files.erase(files.begin(), files.end() - kFollowedFiles);
  return files;
}

}  // namespace selfheal::tail
