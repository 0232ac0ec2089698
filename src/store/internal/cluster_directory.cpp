#include "store/internal/cluster_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/random.h"

namespace selfheal::store::internal {
namespace {

namespace fs = std::filesystem;

// Tells our directories from others, and is what the lock is on.
constexpr const char* kMarker = "selfheal-cluster";

std::unexpected<Error> system_failure(const char* what, const fs::path& path) {
  const auto reason = errno;
  const auto code = reason == EACCES || reason == EPERM ? ErrorCode::refused : ErrorCode::failed;
  return failure(code, fmt::format("{} {}: {}", what, path.string(), std::strerror(reason)));
}

// Names go into paths, paths into configuration files.
Status check_names(const fs::path& state, const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || !std::ranges::all_of(name, fits))
    return failure(ErrorCode::invalid_input,
                   "the name of a private cluster is lower-case letters, digits and _");
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
  if (std::ranges::any_of(state.string(), control))
    return failure(ErrorCode::invalid_input, "the state directory has a control character in its path");
  return {};
}

Status check_empty_or_marked(const fs::path& path) {
  std::error_code error;
  if (fs::exists(path / kMarker, error) || fs::is_empty(path, error)) return {};
  return failure(
      ErrorCode::refused,
      fmt::format("{} holds files that Selfheal did not make; name another state directory", path.string()));
}

}  // namespace

Status make_private_directory(const fs::path& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return system_failure("make", path);
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) return system_failure("look at", path);
  if (!S_ISDIR(found.st_mode) || found.st_uid != geteuid() || (found.st_mode & 077) != 0)
    return failure(ErrorCode::refused,
                   fmt::format("{} must be a directory of our account, closed to all others (mode 0700)",
                               path.string()));
  return {};
}

Status write_private_file(const fs::path& path, std::string_view text) {
  const fs::path unfinished = path.string() + ".unfinished";
  const int file = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_failure("write", unfinished);
  const bool written =
      write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
  const bool replaced = written && rename(unfinished.c_str(), path.c_str()) == 0;
  const auto answer = replaced ? Status() : Status(system_failure("write", path));
  close(file);
  return answer;
}

Result<ClusterDirectory> ClusterDirectory::claim(const fs::path& state, const std::string& name) {
  TRY_OK(check_names(state, name));
  std::error_code error;
  const auto whole = fs::absolute(state, error).lexically_normal();
  fs::create_directories(whole, error);
  if (error) return failure(ErrorCode::refused, fmt::format("make {}: {}", whole.string(), error.message()));
  const auto path = fs::canonical(whole, error) / name;
  if (error)
    return failure(ErrorCode::refused, fmt::format("look at {}: {}", whole.string(), error.message()));
  TRY_OK(make_private_directory(path));
  TRY_OK(check_empty_or_marked(path));
  const auto marker = path / kMarker;
  const int lock = open(marker.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return system_failure("open", marker);
  ClusterDirectory directory(path, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0)
    return failure(ErrorCode::conflict, fmt::format("another Selfheal is running on {}", path.string()));
  TRY_OK(make_private_directory(directory.log()));
  return directory;
}

ClusterDirectory::~ClusterDirectory() {
  if (lock_ >= 0) close(lock_);
}
ClusterDirectory::ClusterDirectory(ClusterDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

Result<fs::path> ClusterDirectory::socket_directory(int port) const {
  auto directory = path_ / "run";
  const auto socket = directory / fmt::format(".s.PGSQL.{}", port);
  const bool fits = socket.string().size() < sizeof(sockaddr_un::sun_path);
  const bool plain = directory.string().find_first_of(",\"'\\") == std::string::npos;
  // The hash keeps clusters apart; the account in the name keeps people from wondering.
  if (!fits || !plain)
    directory = fmt::format("/tmp/selfheal-{}-{}", geteuid(), sha256_hex(path_.string()).substr(0, 12));
  TRY_OK(make_private_directory(directory));
  return directory;
}

}  // namespace selfheal::store::internal
