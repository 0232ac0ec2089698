#include "tail/internal/log_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string_view>
#include <tuple>

#include "tail/file_follower.h"

namespace selfheal::tail {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

// What logrotate and people leave beside the logs; reading it as text makes no sense.
constexpr std::array<std::string_view, 7> kNotText{".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip", ".tmp"};

// "postgresql-Mon.json", and after a rotation by rename "postgresql.json.1" or "postgresql.json-20261125".
bool is_log_name(std::string_view name) {
  return name.contains(".json") && name.front() != '.' &&
         std::ranges::none_of(kNotText, [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_older(const SeenFile& a, const SeenFile& b) {
  return std::tie(a.modified, a.name) < std::tie(b.modified, b.name);
}

}  // namespace

SeenFile seen_file(std::string name, const struct stat& status) {
  const auto modified =
      std::chrono::seconds(status.st_mtim.tv_sec) + std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return {std::move(name), FileId{status.st_dev, status.st_ino}, static_cast<std::uint64_t>(status.st_size),
          Time(std::chrono::floor<Duration>(modified))};
}

Result<std::vector<SeenFile>> list_logs(const std::filesystem::path& directory) {
  const std::unique_ptr<DIR, CloseDirectory> open(opendir(directory.c_str()));
  if (!open) {
    const auto code = errno == ENOENT ? ErrorCode::not_found : ErrorCode::failed;
    return failure(code, fmt::format("log directory {}: {}", directory.string(), std::strerror(errno)));
  }
  std::vector<SeenFile> files;
  std::set<FileId> ids;
  while (const auto* entry = readdir(open.get())) {
    struct stat status{};
    if (!is_log_name(entry->d_name) || fstatat(dirfd(open.get()), entry->d_name, &status, 0) != 0) continue;
    if (!S_ISREG(status.st_mode)) continue;
    auto file = seen_file(entry->d_name, status);
    if (ids.insert(file.id).second) files.push_back(std::move(file));
  }
  std::ranges::sort(files, is_older);
  if (files.size() > kFollowedFiles) files.erase(files.begin(), files.end() - kFollowedFiles);
  return files;
}

}  // namespace selfheal::tail
