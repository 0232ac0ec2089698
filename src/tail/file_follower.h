#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "tail/log_decoder.h"
#include "tail/ports.h"

// Reads the log files of one directory as one endless stream of lines, through every kind of rotation.
namespace selfheal::tail {

// Bytes taken from a file by one read: large enough that a system call costs nothing beside decoding, small
// enough that stopping takes milliseconds.
inline constexpr std::size_t kReadBytes = 256u << 10;
// A file is known by this many of its first bytes: the first line holds a timestamp, a process id and a
// session id.
inline constexpr std::size_t kHeadBytes = 1024;
// Files of the directory that are remembered, newest first: hourly files of a month.
inline constexpr std::size_t kFollowedFiles = 1000;
// Files waiting to be read that are held open, so that deleting them loses nothing.
inline constexpr std::size_t kOpenFiles = 64;

// What one poll() brought.
struct Reading {
  // The lines do not continue what was read before: they begin in another file, or the file was truncated.
  bool begins_anew = false;
  // What the file of the lines is known by as long as it lives, under any name: a hash of its first line.
  std::string file;
  std::vector<LogLine> lines;  // in the order of the log; valid until the next call on the follower
  bool more = false;           // there may be more to read right now
  // Behind the lines a file ended, and position() stands in the next one.
  bool ends_file = false;
};

// The files of a directory that hold one log: by format, ".json", ".csv" or neither in their name, and by
// log_filename. Compressed ones are read when they were written since the checkpoint and the file itself is
// gone. Files with unread bytes are
// read in the order of their modification time, each to its end before the next: PostgreSQL writes the first
// byte of a new file after the last byte of the old one. Handled: rotation by new name, by rename, by
// truncation under the same name; deletion while open; an inode that was given to another file; a last line
// without an end (waited for, and taken as it is once a newer file has lines); files and directories that are
// absent or unreadable for a while.
//
// Never blocks longer than a disk read; no clock, no thread of its own. One thread at a time.
class FileFollower {
 public:
  struct Options {
    std::filesystem::path log_directory;
    LogFormat format = LogFormat::jsonlog;
    std::string log_filename = {};  // PostgreSQL's setting; empty: all names of the format
    // Where an earlier run stopped. Without one, reading begins at the end of what exists at the first look.
    std::optional<Checkpoint> checkpoint = std::nullopt;
    // Now. Without a checkpoint and without any file, what is written from now on is read from its beginning.
    Time started_at{};
  };
  explicit FileFollower(Options options);
  ~FileFollower();
  FileFollower(const FileFollower&) = delete;
  FileFollower& operator=(const FileFollower&) = delete;

  // Looks which files exist and have unread bytes. Cheap enough for four times a second with kFollowedFiles
  // files.
  void look();
  // Reads at most one chunk of the current file and returns at most `most_lines` (> 0) complete lines. Moves
  // on to the next file when the current one has no more bytes and the last look() found another one with
  // unread bytes.
  Reading poll(std::size_t most_lines);

  // Where the lines returned so far end. Always at the start of a line. Before any file is there: file_name
  // is empty and file_time says since when files are read.
  Checkpoint position() const;
  // The same place, earlier in the file that is being read: in front of a record that is not complete.
  Checkpoint position_at(std::uint64_t offset) const;
  // The name of the file being read, as of the last look; empty when there is none.
  const std::string& current_name() const;
  // Unread bytes of all files, as of the last look and poll.
  std::uint64_t bytes_behind() const;
  // How often lines may have been lost: the checkpoint's file is gone, or a file was truncated while it was
  // read.
  std::int64_t possible_gaps() const;
  // Why what is being written cannot be read at the moment: a directory or a file that is absent or
  // unreadable, as of the last look and poll. Empty when nothing is in the way. Names, never content.
  std::string trouble() const;
  // What a person should know, each said once until it changes: waiting for a directory, a file that may not
  // be read, a possible gap. Names of files, never content. Emptied by the call.
  std::vector<std::string> take_notices();

 private:
  struct State;
  std::unique_ptr<State> state_;  // keeps file descriptors and the list of files out of this header
};

// The directory PostgreSQL writes its log of this format to, from `current_logfiles` in its data directory.
// not_found when the server does not write one at the moment, failed when the file cannot be read.
Result<std::filesystem::path> log_directory_of(const std::filesystem::path& data_directory,
                                               LogFormat format = LogFormat::jsonlog);

}  // namespace selfheal::tail
