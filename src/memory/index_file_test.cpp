#include "memory/index_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "memory/internal/index_bytes.h"

namespace selfheal::memory {
namespace {

namespace fs = std::filesystem;

class IndexFile : public testing::Test {
 public:
  IndexFile() {
    std::string name = (fs::temp_directory_path() / "selfheal-index-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    EXPECT_TRUE(
        index_.put({{.key = "a", .sqlstate = "40P01", .rows = {{.text = "deadlock", .vector = {1, 0}}}},
                    {.key = "b", .rows = {{.kind = RowKind::note, .text = "disk"}}}}));
  }
  ~IndexFile() override { fs::remove_all(folder_); }
  IndexFile(const IndexFile&) = delete;
  IndexFile& operator=(const IndexFile&) = delete;

 protected:
  fs::path file() const { return folder_ / "tenant.index"; }

  const IndexStamp stamp_{.embedder = "tiny", .dimension = 2, .state = 17};
  CaseIndex index_{"tiny", 2};

 private:
  fs::path folder_;
};

TEST_F(IndexFile, GivesBackWhatWasWritten) {
  ASSERT_TRUE(write_index_file(file(), index_, 17));
  const auto read = read_index_file(file(), stamp_);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(to_bytes(**read, 17), to_bytes(index_, 17));
  const auto hits = (*read)->search({.text = "deadlock", .vector = {1, 0}});
  ASSERT_TRUE(hits.has_value());
  EXPECT_EQ(hits->front().key, "a");
  EXPECT_EQ(hits->front().meaning_rank, 1);
}
TEST_F(IndexFile, IsItsOwnersOnlyAndReplacedAsAWhole) {
  std::ofstream(file().string() + ".new") << "left by a process that died";
  ASSERT_TRUE(write_index_file(file(), index_, 17));
  ASSERT_TRUE(write_index_file(file(), index_, 18));
  struct stat status{};
  ASSERT_EQ(stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_FALSE(fs::exists(file().string() + ".new"));
  EXPECT_FALSE(read_index_file(file(), stamp_));
  EXPECT_TRUE(read_index_file(file(), {.embedder = "tiny", .dimension = 2, .state = 18}));
}
TEST_F(IndexFile, SaysWhenThereIsNoneOrItCannotBeWritten) {
  const auto read = read_index_file(file(), stamp_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::not_found);
  EXPECT_FALSE(write_index_file(file() / "no folder" / "x", index_, 17));
  EXPECT_FALSE(read_index_file(file().parent_path(), stamp_));
}
TEST_F(IndexFile, OfAnotherEmbedderDimensionOrStateIsRefused) {
  const auto bytes = to_bytes(index_, 17);
  EXPECT_TRUE(from_bytes(bytes, stamp_));
  EXPECT_FALSE(from_bytes(bytes, {.embedder = "other", .dimension = 2, .state = 17}));
  EXPECT_FALSE(from_bytes(bytes, {.embedder = "tiny", .dimension = 3, .state = 17}));
  EXPECT_FALSE(from_bytes(bytes, {.embedder = "tiny", .dimension = 2, .state = 16}));
}
TEST_F(IndexFile, WithAFlippedBitIsRefused) {
  const auto bytes = to_bytes(index_, 17);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int bit : {0, 3, 7}) {
      auto damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      EXPECT_FALSE(from_bytes(damaged, stamp_)) << at;
    }
  }
}
TEST_F(IndexFile, ThatEndsEarlyOrLateIsRefused) {
  const auto bytes = to_bytes(index_, 17);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(from_bytes(bytes.substr(0, size), stamp_));
  EXPECT_FALSE(from_bytes(bytes + "0", stamp_));
}
// The checksum says that it is what we wrote; the reader does not trust it for that.
TEST_F(IndexFile, IsReadWithCareBehindItsChecksum) {
  auto content = internal::IndexContent{.stamp = stamp_, .cases = index_.documents()};
  const auto whole = internal::write_content(content);
  ASSERT_TRUE(internal::read_content(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(internal::read_content(whole.substr(0, size)));
  EXPECT_FALSE(internal::read_content(whole + '\0'));
  content.cases[1].rows[0].kind = static_cast<RowKind>(9);
  EXPECT_FALSE(internal::read_content(internal::write_content(content)));
  content.cases[1].rows.assign(kRowsOfCase + 1, {.text = "x"});
  EXPECT_FALSE(internal::read_content(internal::write_content(content)));
}
TEST_F(IndexFile, MayBeEmpty) {
  const CaseIndex empty("tiny", 2);
  const auto read = from_bytes(to_bytes(empty, 17), stamp_);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ((*read)->cases(), 0U);
}

}  // namespace
}  // namespace selfheal::memory
