#include "tail/compressed_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace selfheal::tail {
namespace {

using namespace std::string_view_literals;

struct Case {
  const char* name;
  Compression compression;
  int (*add_filter)(archive*);
};
const Case kCases[] = {
    {"plain", Compression::none, archive_write_add_filter_none},
    {"gzip", Compression::gzip, archive_write_add_filter_gzip},
    {"bzip2", Compression::bzip2, archive_write_add_filter_bzip2},
    {"xz", Compression::xz, archive_write_add_filter_xz},
    {"zstd", Compression::zstd, archive_write_add_filter_zstd},
    {"lz4", Compression::lz4, archive_write_add_filter_lz4},
};

class CompressedFileTest : public testing::Test {
 protected:
  CompressedFileTest() { std::filesystem::create_directory(directory_); }
  ~CompressedFileTest() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path write(const std::string& bytes) {
    std::ofstream(directory_ / "log", std::ios::binary) << bytes;
    return directory_ / "log";
  }
  // `text` compressed; nothing of it is known to the reader under test.
  std::string compressed(const Case& by, const std::string& text) {
    const auto path = directory_ / "made";
    auto* writer = archive_write_new();
    by.add_filter(writer);
    archive_write_set_format_raw(writer);
    archive_write_set_bytes_in_last_block(writer, 1);
    EXPECT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
    auto* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
    EXPECT_EQ(archive_write_data(writer, text.data(), text.size()), static_cast<la_ssize_t>(text.size()));
    archive_entry_free(entry);
    archive_write_free(writer);
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / fmt::format("selfheal-compressed-{}", getpid());
};

Result<std::string> read_all(CompressedFile& file, std::size_t piece) {
  std::string text;
  std::string buffer(piece, '\0');
  while (true) {
    TRY(const auto count, file.read(buffer));
    if (count == 0) return text;
    text.append(buffer, 0, count);
  }
}

std::string long_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += fmt::format("line {} of {}\n", i, i * 7919 % 10007);
  return text;
}

TEST_F(CompressedFileTest, ReadsEveryCompressionByItsContent) {
  const auto text = long_text();
  for (const auto& by : kCases) {
    SCOPED_TRACE(by.name);
    auto file = CompressedFile::open(write(compressed(by, text)));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(file->compression(), by.compression);
    const auto read = read_all(*file, 1000);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, text);
    EXPECT_EQ(file->bytes_taken(), file->file_bytes());
  }
}

TEST_F(CompressedFileTest, ReadsFilesJoinedBehindEachOther) {
  for (const auto& by : kCases) {
    SCOPED_TRACE(by.name);
    auto file = CompressedFile::open(write(compressed(by, "first\n") + compressed(by, "second\n")));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(read_all(*file, 3).value_or(""), "first\nsecond\n");
  }
}

// What the tools themselves make of an empty file.
const std::pair<const char*, std::string_view> kOfNothing[] = {
    {"plain", ""sv},
    {"gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00"sv},
    {"bzip2", "\x42\x5a\x68\x39\x17\x72\x45\x38\x50\x90\x00\x00\x00\x00"sv},
    {"xz",
     "\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x00\x00\x00\x00\x1c\xdf\x44\x21\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a"sv},
    {"zstd", "\x28\xb5\x2f\xfd\x24\x00\x01\x00\x00\x99\xe9\xd8\x51"sv},
    {"lz4", "\x04\x22\x4d\x18\x64\x40\xa7\x00\x00\x00\x00\x05\x5d\xcc\x02"sv},
};

TEST_F(CompressedFileTest, ReadsWhatHoldsNothing) {
  for (const auto& [name, bytes] : kOfNothing) {
    SCOPED_TRACE(name);
    auto file = CompressedFile::open(write(std::string(bytes)));
    ASSERT_TRUE(file) << file.error().message;
    EXPECT_EQ(read_all(*file, 10).value_or("?"), "");
  }
}

TEST_F(CompressedFileTest, GivesWhatStandsBeforeACutAndThenFails) {
  const auto text = long_text();
  for (const auto& by : kCases) {
    if (by.compression == Compression::none) continue;
    SCOPED_TRACE(by.name);
    const auto whole = compressed(by, text);
    auto file = CompressedFile::open(write(whole.substr(0, whole.size() / 2)));
    if (!file) continue;
    const auto read = read_all(*file, 1000);
    ASSERT_FALSE(read) << read->size() << " bytes were read of " << text.size();
    EXPECT_NE(read.error().message.find("damaged or cut off"), std::string::npos);
  }
}

TEST_F(CompressedFileTest, ReadsAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  const auto bytes = compressed(kCases[1], "from a pipe\n");
  ASSERT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  close(ends[1]);
  auto file = CompressedFile::adopt(ends[0], "standard input");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(read_all(*file, 100).value_or("?"), "from a pipe\n");
  EXPECT_EQ(file->file_bytes(), 0u);
}

TEST_F(CompressedFileTest, SaysWhatIsNotThere) {
  const auto missing = CompressedFile::open(directory_ / "missing");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  const auto directory = CompressedFile::open(directory_);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, ErrorCode::failed);
  EXPECT_NE(directory.error().message.find("Is a directory"), std::string::npos);
}

}  // namespace
}  // namespace selfheal::tail
