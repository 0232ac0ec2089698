#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

// A log file as it was written, also when somebody compressed it since.
namespace selfheal::tail {

// Each logrotate in use writes one of these.
enum class Compression { none, gzip, bzip2, xz, zstd, lz4 };

// Reads from the beginning to the end and knows the compression by the content, never by the name. Files
// joined behind each other (`cat a.gz b.gz`) are read as one. Reading may block on a pipe; one thread at a
// time. Memory does not grow with the file: the largest window that xz and zstd may ask for is 128 MB, by
// default they use 8.
class CompressedFile {
 public:
  // not_found when there is no such file; failed when it may not be read or is a directory.
  static Result<CompressedFile> open(const std::filesystem::path& path);
  // Reads an open file or pipe from where it stands; closes it at the end. `name` is for messages.
  static Result<CompressedFile> adopt(int descriptor, std::string name);
  ~CompressedFile();
  CompressedFile(CompressedFile&&) noexcept;
  CompressedFile& operator=(CompressedFile&&) noexcept;

  Compression compression() const;
  // Fills at least one byte of `into` (not empty); 0 at the end. Fails when the file cannot be read further:
  // damaged, or cut off. What was read before the damage was returned before.
  Result<std::size_t> read(std::span<char> into);
  // Bytes taken from the file itself, for the progress: of a compressed one fewer than were returned.
  std::uint64_t bytes_taken() const;
  // Of the file itself; 0 for a pipe.
  std::uint64_t file_bytes() const;

 private:
  struct State;
  explicit CompressedFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;  // keeps libarchive out of this header
};

}  // namespace selfheal::tail
