#include "server/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "base/log.h"

namespace selfheal::server {
namespace {

const passwd* account(const std::string& wanted) {
  if (!wanted.empty()) return getpwnam(wanted.c_str());
  for (const auto* name : {"selfheal", "postgres"})
    if (const auto* found = getpwnam(name)) return found;
  return nullptr;
}

Status give(const std::filesystem::path& directory, uid_t user, gid_t group) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return failure(fmt::format("{} cannot be made: {}", directory.string(), error.message()));
  if (chown(directory.c_str(), user, group) != 0 || chmod(directory.c_str(), 0750) != 0)
    return failure(fmt::format("{} cannot be given away: {}", directory.string(), std::strerror(errno)));
  return {};
}

}  // namespace

Status drop_root(const std::string& user, const std::vector<std::filesystem::path>& directories) {
  if (geteuid() != 0) return {};
  const auto* found = account(user);
  if (found == nullptr)
    return failure(
        fmt::format("started as root, and there is no user {} to become: scripts/install_deps run creates "
                    "it, or name another with --run-as",
                    user.empty() ? "selfheal" : user));
  const std::string name = found->pw_name;
  const auto uid = found->pw_uid;
  const auto gid = found->pw_gid;
  for (const auto& directory : directories) TRY_OK(give(directory, uid, gid));
  if (initgroups(name.c_str(), gid) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
    return failure(fmt::format("cannot become {}: {}", name, std::strerror(errno)));
  if (setuid(0) == 0) return failure("root could be taken back: refusing to run");
  setenv("HOME", found->pw_dir, 1);
  setenv("USER", name.c_str(), 1);
  log::info("started as root: running as {} from here on", name);
  return {};
}

}  // namespace selfheal::server
