#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace selfheal::test {

// A log directory of its own, written as PostgreSQL's log collector and logrotate write it. Each write gets a
// later modification time than the one before, because tests are faster than the clock of the file system.
class LogFiles {
 public:
  LogFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "selfheal-log-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    directory_ = root_ / "log";
    std::filesystem::create_directory(directory_);
  }
  ~LogFiles() { std::filesystem::remove_all(root_); }
  LogFiles(const LogFiles&) = delete;
  LogFiles& operator=(const LogFiles&) = delete;

  const std::filesystem::path& root() const { return root_; }
  const std::filesystem::path& directory() const { return directory_; }

  // Appends, and creates the file when there is none.
  void append(const std::string& name, std::string_view bytes) { write(name, bytes, O_APPEND); }
  // What log_truncate_on_rotation does: the same name and inode, new content.
  void overwrite(const std::string& name, std::string_view bytes) { write(name, bytes, O_TRUNC); }
  void rename(const std::string& from, const std::string& to) {
    std::filesystem::rename(directory_ / from, directory_ / to);
  }
  void remove(const std::string& name) { std::filesystem::remove(directory_ / name); }
  void copy(const std::string& from, const std::string& to) {
    std::filesystem::copy_file(directory_ / from, directory_ / to);
    advance_time(to);
  }
  std::uint64_t inode(const std::string& name) const {
    struct stat status{};
    return stat((directory_ / name).c_str(), &status) == 0 ? status.st_ino : 0;
  }

 private:
  void write(const std::string& name, std::string_view bytes, int mode) {
    const int file = open((directory_ / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0644);
    ASSERT_GE(file, 0) << name;
    EXPECT_EQ(::write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    close(file);
    advance_time(name);
  }
  void advance_time(const std::string& name) {
    time_ += 1ms;
    const auto since = time_.time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
    const timespec stamp{static_cast<time_t>(seconds.count()),
                         static_cast<long>((since - seconds).count() * 1000)};
    const timespec stamps[] = {stamp, stamp};
    EXPECT_EQ(utimensat(AT_FDCWD, (directory_ / name).c_str(), stamps, 0), 0);
  }

  std::filesystem::path root_;
  std::filesystem::path directory_;
  Time time_ = SystemClock().now();
};

}  // namespace selfheal::test
