#include "memory/index_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/random.h"
#include "memory/internal/index_bytes.h"

namespace selfheal::memory {

namespace {

constexpr std::size_t kChecksumBytes = 64;  // SHA-256 in hexadecimal
// A full index has kRowsOfIndex vectors and texts of some kilobytes; a larger file is none of ours.
constexpr std::uintmax_t kFileBytes = 4ull << 30;

std::unexpected<Error> failed_to(std::string_view what, const std::filesystem::path& file) {
  return failure(fmt::format("{} {}: {}", what, file.string(), std::strerror(errno)));
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// The rename itself is on the disk once the directory is.
Status flush_directory(const std::filesystem::path& file) {
  const auto directory = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.number() < 0 || fsync(opened.number()) != 0) return failed_to("flush directory", directory);
  return {};
}

}  // namespace

std::string to_bytes(const CaseIndex& index, std::uint64_t state) {
  auto bytes = internal::write_content(
      {.stamp = {.embedder = index.embedder(), .dimension = index.dimension(), .state = state},
       .cases = index.documents()});
  return bytes + sha256_hex(bytes);
}

Result<std::unique_ptr<CaseIndex>> from_bytes(std::string_view bytes, const IndexStamp& expected) {
  if (bytes.size() < kChecksumBytes) return failure(ErrorCode::invalid_input, "index file: it ends early");
  const auto content_bytes = bytes.substr(0, bytes.size() - kChecksumBytes);
  if (sha256_hex(content_bytes) != bytes.substr(content_bytes.size()))
    return failure(ErrorCode::invalid_input, "index file: its checksum is another");
  TRY(auto content, internal::read_content(content_bytes));
  if (content.stamp != expected)
    return failure(ErrorCode::invalid_input, "index file: it is of another embedder or another state");
  auto index = std::make_unique<CaseIndex>(expected.embedder, expected.dimension);
  TRY_OK(index->put(std::move(content.cases)));
  return index;
}

Status write_index_file(const std::filesystem::path& file, const CaseIndex& index, std::uint64_t state) {
  const auto bytes = to_bytes(index, state);
  auto beside = file;
  beside += ".new";
  unlink(beside.c_str());  // of a process that died here
  {
    const Descriptor opened(open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (opened.number() < 0) return failed_to("create", beside);
    if (!write_all(opened.number(), bytes) || fsync(opened.number()) != 0) {
      auto error = failed_to("write", beside);
      unlink(beside.c_str());
      return error;
    }
  }
  if (rename(beside.c_str(), file.c_str()) != 0) return failed_to("rename", beside);
  return flush_directory(file);
}

Result<std::unique_ptr<CaseIndex>> read_index_file(const std::filesystem::path& file,
                                                   const IndexStamp& expected) {
  std::error_code problem;
  const auto size = std::filesystem::file_size(file, problem);
  if (problem == std::errc::no_such_file_or_directory)
    return failure(ErrorCode::not_found, fmt::format("index file {}: there is none", file.string()));
  if (problem || size > kFileBytes)
    return failure(ErrorCode::invalid_input, fmt::format("index file {}: it cannot be ours", file.string()));
  std::ifstream stream(file, std::ios::binary);
  std::string bytes(size, '\0');
  if (!stream.read(bytes.data(), static_cast<std::streamsize>(size)))
    return failure(fmt::format("index file {}: it cannot be read", file.string()));
  return from_bytes(bytes, expected);
}

}  // namespace selfheal::memory
