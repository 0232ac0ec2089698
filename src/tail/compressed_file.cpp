#include "tail/compressed_file.h"

#include <archive.h>
#include <archive_entry.h>
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

#include "tail/internal/log_file.h"

namespace selfheal::tail {
namespace {

using namespace std::string_view_literals;

// The longest of the signatures below.
constexpr std::size_t kSignatureBytes = 6;
// What is handed to the decompressor at once; larger blocks gain nothing.
constexpr std::size_t kBlockBytes = 128u << 10;

struct Signature {
  std::string_view bytes;
  Compression compression;
};
constexpr Signature kSignatures[] = {
    {"\x1f\x8b"sv, Compression::gzip},        {"BZh"sv, Compression::bzip2},
    {"\xfd\x37zXZ\0"sv, Compression::xz},     {"\x28\xb5\x2f\xfd"sv, Compression::zstd},
    {"\x04\x22\x4d\x18"sv, Compression::lz4},
};

Compression compression_of(std::string_view head) {
  for (const auto& signature : kSignatures)
    if (head.starts_with(signature.bytes)) return signature.compression;
  return Compression::none;
}

struct ArchiveDeleter {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

}  // namespace

struct CompressedFile::State {
  std::string name;
  Descriptor descriptor;
  std::uint64_t file_bytes = 0;
  std::uint64_t taken = 0;
  std::string head;  // read to see the compression and not yet handed on
  Compression compression = Compression::none;
  std::array<char, kBlockBytes> block{};
  bool holds_nothing = false;  // nothing was compressed: the library has no data to read then
  int read_error = 0;          // errno of the file, which libarchive only reports in its own words
  std::unique_ptr<archive, ArchiveDeleter> reader;

  Status read_head();
  Status start_reader();
  // Of the file itself.
  ssize_t take(std::span<char> into);
  Result<std::size_t> plain(std::span<char> into);
  std::unexpected<Error> damaged() const;
};

ssize_t CompressedFile::State::take(std::span<char> into) {
  while (true) {
    const auto count = ::read(descriptor.number(), into.data(), into.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) read_error = errno;
    if (count > 0) taken += static_cast<std::uint64_t>(count);
    return count;
  }
}

Status CompressedFile::State::read_head() {
  std::array<char, kSignatureBytes> bytes;
  while (head.size() < kSignatureBytes) {
    const auto count = take({bytes.data(), kSignatureBytes - head.size()});
    if (count < 0) return failure(fmt::format("{}: {}", name, std::strerror(read_error)));
    if (count == 0) break;
    head.append(bytes.data(), static_cast<std::size_t>(count));
  }
  compression = compression_of(head);
  return {};
}

// Only libarchive's built-in decompressors: for others it would start a program.
Status CompressedFile::State::start_reader() {
  reader.reset(archive_read_new());
  if (!reader) return failure(name + ": no memory to read a compressed file");
  auto* r = reader.get();
  const bool ready =
      archive_read_support_filter_gzip(r) == ARCHIVE_OK &&
      archive_read_support_filter_bzip2(r) == ARCHIVE_OK && archive_read_support_filter_xz(r) == ARCHIVE_OK &&
      archive_read_support_filter_zstd(r) == ARCHIVE_OK && archive_read_support_filter_lz4(r) == ARCHIVE_OK &&
      archive_read_support_format_raw(r) == ARCHIVE_OK && archive_read_support_format_empty(r) == ARCHIVE_OK;
  if (!ready) return failure(name + ": this libarchive cannot read one of gzip, bzip2, xz, zstd and lz4");
  const auto give = [](archive*, void* data, const void** bytes) -> la_ssize_t {
    auto& state = *static_cast<State*>(data);
    *bytes = state.block.data();
    const auto kept = std::exchange(state.head, {});
    std::ranges::copy(kept, state.block.begin());
    return kept.empty() ? state.take(state.block) : static_cast<la_ssize_t>(kept.size());
  };
  archive_entry* entry = nullptr;
  if (archive_read_open(r, this, nullptr, give, nullptr) != ARCHIVE_OK) return damaged();
  const int code = archive_read_next_header(r, &entry);
  holds_nothing = code == ARCHIVE_EOF;
  return holds_nothing || code == ARCHIVE_OK || code == ARCHIVE_WARN ? Status{} : damaged();
}

std::unexpected<Error> CompressedFile::State::damaged() const {
  if (read_error != 0) return failure(fmt::format("{}: {}", name, std::strerror(read_error)));
  return failure(
      fmt::format("{}: the compressed file is damaged or cut off, after {} bytes of it", name, taken));
}

Result<std::size_t> CompressedFile::State::plain(std::span<char> into) {
  if (!head.empty()) {
    const auto count = std::min(head.size(), into.size());
    std::ranges::copy(head.substr(0, count), into.begin());
    head.erase(0, count);
    return count;
  }
  const auto count = take(into);
  if (count < 0) return failure(fmt::format("{}: {}", name, std::strerror(read_error)));
  return static_cast<std::size_t>(count);
}

Result<CompressedFile> CompressedFile::open(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor < 0)
    return failure(errno == ENOENT || errno == ENOTDIR ? ErrorCode::not_found : ErrorCode::failed,
                   fmt::format("{}: {}", path.string(), std::strerror(errno)));
  return adopt(descriptor, path.string());
}

Result<CompressedFile> CompressedFile::adopt(int descriptor, std::string name) {
  auto state = std::make_unique<State>();
  state->name = std::move(name);
  state->descriptor = Descriptor(descriptor);
  struct stat status{};
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
    state->file_bytes = static_cast<std::uint64_t>(status.st_size);
  TRY_OK(state->read_head());
  if (state->compression != Compression::none) TRY_OK(state->start_reader());
  return CompressedFile(std::move(state));
}

CompressedFile::CompressedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
CompressedFile::~CompressedFile() = default;
CompressedFile::CompressedFile(CompressedFile&&) noexcept = default;
CompressedFile& CompressedFile::operator=(CompressedFile&&) noexcept = default;

Compression CompressedFile::compression() const { return state_->compression; }
std::uint64_t CompressedFile::bytes_taken() const { return state_->taken; }
std::uint64_t CompressedFile::file_bytes() const { return state_->file_bytes; }

Result<std::size_t> CompressedFile::read(std::span<char> into) {
  if (state_->compression == Compression::none) return state_->plain(into);
  if (state_->holds_nothing) return 0;
  const auto count = archive_read_data(state_->reader.get(), into.data(), into.size());
  if (count < 0) return state_->damaged();
  return static_cast<std::size_t>(count);
}

}  // namespace selfheal::tail
