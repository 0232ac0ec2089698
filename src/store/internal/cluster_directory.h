#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

// The directory of a private cluster: whose it is, who has it open, and where its socket can be.
namespace selfheal::store::internal {

// A directory that is ours, held by a lock that the system drops with the process.
class ClusterDirectory {
 public:
  // Makes <state>/<name> when missing. Fails with refused when it holds what we did not make or belongs to
  // somebody else, conflict when another process holds it, invalid_input for names that have no place in a
  // path.
  static Result<ClusterDirectory> claim(const std::filesystem::path& state, const std::string& name);
  ~ClusterDirectory();
  ClusterDirectory(ClusterDirectory&& other) noexcept;
  ClusterDirectory& operator=(ClusterDirectory&&) = delete;

  std::filesystem::path data() const { return path_ / "data"; }
  std::filesystem::path unfinished_data() const { return path_ / "data.unfinished"; }
  std::filesystem::path log() const { return path_ / "log"; }

  // The directory for the socket, made when missing: beside the data, or a short one under /tmp when the path
  // of the socket would be longer than the system allows, or has characters that PostgreSQL's list of
  // directories gives a meaning. Fails with refused when what is there is not ours alone.
  Result<std::filesystem::path> socket_directory(int port) const;

 private:
  ClusterDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::filesystem::path path_;
  int lock_;
};

// Replaces the file in one step, readable for us alone.
Status write_private_file(const std::filesystem::path& path, std::string_view text);
// Makes the directory for us alone, or makes sure that it is: a directory, ours, closed to others.
Status make_private_directory(const std::filesystem::path& path);

}  // namespace selfheal::store::internal
