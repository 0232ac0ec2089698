#include "tail/internal/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "tail/file_follower.h"

namespace selfheal::tail {
namespace {

// Fills `into` from `offset` on as far as the file goes; a regular file may answer with less when a signal
// comes.
Result<std::size_t> read_at(int descriptor, std::span<char> into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count =
        pread(descriptor, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(std::strerror(errno));
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    close();
    number_ = other.release();
  }
  return *this;
}

int Descriptor::release() { return std::exchange(number_, -1); }

void Descriptor::close() {
  if (is_open()) ::close(release());
}

Status LogFile::open(const std::filesystem::path& directory) {
  if (descriptor.is_open() || unpacked) return {};
  const auto path = directory / name;
  if (is_compressed) return open_compressed(path);
  // A pipe under a log's name must not stop us: O_NONBLOCK, and the number is compared below.
  Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!opened.is_open()) return failure(fmt::format("log file {}: {}", path.string(), std::strerror(errno)));
  struct stat status{};
  if (fstat(opened.number(), &status) != 0 || seen_file(name, status).id != id)
    return failure(ErrorCode::conflict,
                   fmt::format("log file {}: replaced while it was opened", path.string()));
  descriptor = std::move(opened);
  if (!is_same()) restart();
  learn_head();
  if (std::exchange(starts_at_end, false)) move_to_line_start();
  return {};
}

Status LogFile::open_compressed(const std::filesystem::path& path) {
  TRY(auto opened, CompressedFile::open(path));
  std::array<char, 4096> bytes;
  head.clear();
  // What was read before is unpacked once more, because only the beginning can be sought.
  for (std::uint64_t passed = 0; passed < std::max<std::uint64_t>(offset, kHeadBytes);) {
    const auto wanted = std::max<std::uint64_t>(offset, kHeadBytes) - passed;
    TRY(const auto count, opened.read({bytes.data(), std::min<std::size_t>(wanted, bytes.size())}));
    if (count == 0) break;
    passed += count;
    if (head.size() < kHeadBytes) head.append(bytes.data(), std::min(count, kHeadBytes - head.size()));
  }
  if (offset >= kHeadBytes) {
    unpacked.emplace(std::move(opened));
    return {};
  }
  // Fewer bytes were read than the head has: begin again.
  TRY(auto again, CompressedFile::open(path));
  for (std::uint64_t passed = 0; passed < offset;) {
    TRY(const auto count, again.read({bytes.data(), std::min<std::size_t>(offset - passed, bytes.size())}));
    if (count == 0) break;
    passed += count;
  }
  unpacked.emplace(std::move(again));
  return {};
}

Result<std::size_t> LogFile::read_compressed(std::span<char> into) {
  const auto count = unpacked->read(into);
  is_at_end = !count || *count == 0;
  if (count) offset += *count;
  return count;
}

void LogFile::close() {
  descriptor.close();
  unpacked.reset();
}

bool LogFile::is_same() {
  if (is_compressed) return true;
  struct stat status{};
  if (fstat(descriptor.number(), &status) != 0) return true;
  auto now = seen_file(name, status);
  size = now.size;
  modified = now.modified;
  std::array<char, kHeadBytes> bytes;
  const auto count = read_at(descriptor.number(), {bytes.data(), head.size()}, 0);
  if (!count) return true;
  if (size < offset || std::string_view(bytes.data(), *count) != head) return false;
  learn_head();
  return true;
}

Result<std::size_t> LogFile::read(std::span<char> into) {
  if (is_compressed) return read_compressed(into);
  TRY(const auto count, read_at(descriptor.number(), into, offset));
  offset += count;
  size = std::max(size, offset);
  return count;
}

void LogFile::restart() {
  offset = 0;
  head.clear();
  starts_at_end = false;
  if (descriptor.is_open()) learn_head();
}

void LogFile::learn_head() {
  if (head.size() >= kHeadBytes || head.size() >= size) return;
  std::array<char, kHeadBytes> bytes;
  if (const auto count = read_at(descriptor.number(), bytes, 0)) head.assign(bytes.data(), *count);
}

// The line that was being written when reading began at the end is read whole.
void LogFile::move_to_line_start() {
  std::array<char, 4096> bytes;
  const auto lowest = offset > kLogLineBytes ? offset - kLogLineBytes : 0;
  for (auto end = offset; end > lowest;) {
    const auto begin = end - std::min<std::uint64_t>(end - lowest, bytes.size());
    const auto count = read_at(descriptor.number(), {bytes.data(), end - begin}, begin);
    if (!count) return;
    const auto feed = std::string_view(bytes.data(), *count).rfind('\n');
    if (feed != std::string_view::npos) {
      offset = begin + feed + 1;
      return;
    }
    end = begin;
  }
  if (lowest == 0) offset = 0;
}

}  // namespace selfheal::tail
