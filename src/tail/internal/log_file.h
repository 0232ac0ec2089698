#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"
#include "tail/compressed_file.h"
#include "tail/internal/log_directory.h"

namespace selfheal::tail {

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  int release();
  void close();

 private:
  int number_ = -1;
};

// A log file, and how far it has been read.
struct LogFile {
  std::string name;
  FileId id;
  std::uint64_t size = 0;
  Time modified{};
  std::uint64_t offset = 0;    // everything before it was read
  std::string head;            // its first bytes, at most kHeadBytes: what it is known by besides its number
  bool is_listed = true;       // the directory still shows it
  bool starts_at_end = false;  // `offset` is a size, not yet moved back to the start of a line
  // Compressed since it was written: `offset` and `head` are those of the content, `size` is the file's.
  bool is_compressed = false;
  bool is_at_end = false;  // of a compressed one
  Descriptor descriptor;
  std::optional<CompressedFile> unpacked;  // stands at `offset`

  bool has_unread() const { return is_compressed ? !is_at_end : size > offset; }
  std::uint64_t unread_bytes() const { return is_compressed || size < offset ? 0 : size - offset; }
  void close();

  // Opens the file unless it is open, and learns its head. Fails when it may not be read, or when the name
  // now belongs to another file.
  Status open(const std::filesystem::path& directory);
  // Takes size and time from the open file; false when its beginning is not what it was: truncated, or
  // another file.
  bool is_same();
  // Reads at `offset` into `into`; how many bytes came.
  Result<std::size_t> read(std::span<char> into);
  // Forgets everything but the name and the number: the content is new.
  void restart();

 private:
  Status open_compressed(const std::filesystem::path& path);
  Result<std::size_t> read_compressed(std::span<char> into);
  void learn_head();
  void move_to_line_start();
};

}  // namespace selfheal::tail
