#include "tail/file_follower.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/limits.h"
#include "base/random.h"
#include "support/log_files.h"

namespace selfheal::tail {
namespace {

using test::LogFiles;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

// A follower that is driven by hand.
struct Reader {
  explicit Reader(const LogFiles& files, std::optional<Checkpoint> checkpoint = std::nullopt)
      : follower({.log_directory = files.directory(),
                  .checkpoint = checkpoint,
                  .started_at = SystemClock().now()}) {}

  // Everything that can be read now.
  Lines read() {
    follower.look();
    Lines lines;
    for (bool more = true; more;) {
      const auto reading = follower.poll(3);
      for (const auto& line : reading.lines) lines.emplace_back(line.text);
      more = reading.more;
    }
    for (auto& notice : follower.take_notices()) notices.push_back(std::move(notice));
    return lines;
  }

  FileFollower follower;
  std::vector<std::string> notices;
};

TEST(FileFollower, BeginsAtTheEndAndReadsTheLineBeingWrittenWhole) {
  LogFiles files;
  files.append("a.json", "old 1\nold 2\nhal");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  EXPECT_EQ(reader.follower.position().offset, 12U);
  files.append("a.json", "f\nnew\n");
  EXPECT_THAT(reader.read(), ElementsAre("half", "new"));
  EXPECT_EQ(reader.follower.bytes_behind(), 0U);
  EXPECT_THAT(reader.notices, IsEmpty());
}

TEST(FileFollower, GivesALineOnlyWhenItsEndIsThere) {
  LogFiles files;
  files.append("a.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  Lines lines;
  for (const char c : std::string("first\nsecond\n")) {
    files.append("a.json", std::string(1, c));
    for (auto& line : reader.read()) lines.push_back(std::move(line));
    const auto offset = reader.follower.position().offset;
    EXPECT_TRUE(offset == 4 || offset == 10 || offset == 17) << offset;
  }
  EXPECT_THAT(lines, ElementsAre("first", "second"));
}

TEST(FileFollower, GoesOnFromACheckpoint) {
  LogFiles files;
  files.append("a.json", "one\ntwo\n");
  Reader first(files);
  EXPECT_THAT(first.read(), IsEmpty());
  files.append("a.json", "three\nfo");
  EXPECT_THAT(first.read(), ElementsAre("three"));
  files.append("a.json", "ur\n");
  Reader second(files, first.follower.position());
  EXPECT_THAT(second.read(), ElementsAre("four"));
  EXPECT_EQ(second.follower.possible_gaps(), 0);
}

TEST(FileFollower, KnowsAFileByItsBytesWhenItsNumbersChanged) {
  // Device numbers change when a machine starts.
  LogFiles files;
  files.append("a.json", "one\n");
  Reader first(files);
  EXPECT_THAT(first.read(), IsEmpty());
  auto checkpoint = first.follower.position();
  checkpoint.device += 1;
  files.append("a.json", "two\n");
  Reader second(files, checkpoint);
  EXPECT_THAT(second.read(), ElementsAre("two"));
  EXPECT_EQ(second.follower.possible_gaps(), 0);
}

TEST(FileFollower, FollowsRotationByNewName) {
  LogFiles files;
  files.append("log-1.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("log-1.json", "a\n");
  files.append("log-3.json", "b\n");  // the order is that of writing, not that of names
  files.append("log-2.json", "c\n");
  EXPECT_THAT(reader.read(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(reader.follower.position().file_name, "log-2.json");
  files.append("log-2.json", "d\n");
  EXPECT_THAT(reader.read(), ElementsAre("d"));
}

TEST(FileFollower, FollowsRotationByRename) {
  LogFiles files;
  files.append("pg.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("pg.json", "a\n");
  files.rename("pg.json", "pg.json.1");
  files.append("pg.json.1", "b\n");  // the server has not reopened it yet
  files.append("pg.json", "c\n");
  EXPECT_THAT(reader.read(), ElementsAre("a", "b", "c"));
}

TEST(FileFollower, StaysWithTheOldFileWhileTheNewOneIsEmpty) {
  // logrotate's `create` makes the new file before the server leaves the old one.
  LogFiles files;
  files.append("pg.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.rename("pg.json", "pg.json.1");
  files.append("pg.json", "");
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("pg.json.1", "a\n");
  EXPECT_THAT(reader.read(), ElementsAre("a"));
  files.append("pg.json", "b\n");
  EXPECT_THAT(reader.read(), ElementsAre("b"));
}

TEST(FileFollower, GoesBackForLinesWrittenLate) {
  LogFiles files;
  files.append("1.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("2.json", "a\n");
  EXPECT_THAT(reader.read(), ElementsAre("a"));
  files.append("1.json", "late\n");
  EXPECT_THAT(reader.read(), ElementsAre("late"));
  files.append("2.json", "b\n");
  EXPECT_THAT(reader.read(), ElementsAre("b"));
}

TEST(FileFollower, ReadsAllFilesOfRotationsItMissed) {
  LogFiles files;
  files.append("5.json", "old\n");
  Reader first(files);
  EXPECT_THAT(first.read(), IsEmpty());
  files.append("5.json", "a\n");
  for (const auto* name : {"4.json", "3.json", "2.json", "1.json"})
    files.append(name, std::string(name) + "\n");
  Reader second(files, first.follower.position());
  EXPECT_THAT(second.read(), ElementsAre("a", "4.json", "3.json", "2.json", "1.json"));
  EXPECT_EQ(second.follower.possible_gaps(), 0);
}

TEST(FileFollower, ReportsAGapWhenTheCheckpointsFileIsGone) {
  LogFiles files;
  files.append("0.json", "ancient\n");
  files.append("1.json", "old\n");
  Reader first(files);
  EXPECT_THAT(first.read(), IsEmpty());
  files.append("1.json", "lost\n");
  files.append("2.json", "a\n");
  files.append("3.json", "b\n");
  files.remove("1.json");
  Reader second(files, first.follower.position());
  EXPECT_THAT(second.read(), ElementsAre("a", "b"));
  EXPECT_EQ(second.follower.possible_gaps(), 1);
  EXPECT_THAT(second.notices, ElementsAre(HasSubstr("1.json: gone since it was read up to byte 4")));
}

TEST(FileFollower, DrainsAFileThatWasDeletedWhileOpen) {
  LogFiles files;
  files.append("1.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("1.json", "a\n");
  files.append("2.json", "b\n");
  reader.follower.look();
  files.remove("1.json");
  files.remove("2.json");
  files.append("3.json", "c\n");
  EXPECT_THAT(reader.read(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(reader.follower.possible_gaps(), 0);
}

TEST(FileFollower, ReadsATruncatedFileAgainFromItsBeginning) {
  LogFiles files;
  files.append("a.json", "old old old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.overwrite("a.json", "new\n");
  EXPECT_THAT(reader.read(), ElementsAre("new"));
  files.overwrite("a.json", "grown beyond what was read before\n");
  EXPECT_THAT(reader.read(), ElementsAre("grown beyond what was read before"));
  EXPECT_EQ(reader.follower.possible_gaps(), 2);
  EXPECT_THAT(reader.notices, ElementsAre(HasSubstr("truncated"), HasSubstr("truncated")));
}

TEST(FileFollower, ReadsANameThatIsUsedAgainAfterAWeek) {
  // log_filename = 'postgresql-%a.log' with log_truncate_on_rotation.
  LogFiles files;
  files.append("Mon.json", "Monday, a week ago\n");
  files.append("Sun.json", "Sunday\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("Sun.json", "late on Sunday\n");
  files.overwrite("Mon.json", "Monday, longer than a week ago\n");
  EXPECT_THAT(reader.read(), ElementsAre("late on Sunday", "Monday, longer than a week ago"));
  EXPECT_EQ(reader.follower.possible_gaps(), 0);
}

TEST(FileFollower, NoticesTruncationWhileItWasNotRunning) {
  LogFiles files;
  files.append("a.json", "old old old\n");
  Reader first(files);
  EXPECT_THAT(first.read(), IsEmpty());
  files.overwrite("a.json", "new, and longer than before\n");
  Reader second(files, first.follower.position());
  EXPECT_THAT(second.read(), ElementsAre("new, and longer than before"));
  EXPECT_EQ(second.follower.possible_gaps(), 1);
}

// Replaces 1.json by a file with the same inode number. File systems differ: ext4 gives the number out at
// once, unless another program takes it.
bool replace_with_same_inode(LogFiles& files, const std::string& to, const std::string& content) {
  const auto wanted = files.inode("1.json");
  files.remove("1.json");
  files.append(to, content);
  return files.inode(to) == wanted;
}
constexpr int kInodeAttempts = 100;

TEST(FileFollower, IsNotFooledByAnInodeThatIsUsedAgainWhileItWasNotRunning) {
  for (int attempt = 0; attempt < kInodeAttempts; ++attempt) {
    LogFiles files;
    files.append("1.json", "old\n");
    Checkpoint checkpoint;
    {
      Reader first(files);  // holds the file, and with it the inode, while it lives
      EXPECT_THAT(first.read(), IsEmpty());
      checkpoint = first.follower.position();
    }
    if (!replace_with_same_inode(files, "2.json", "new\nnew 2\n")) continue;
    Reader second(files, checkpoint);
    EXPECT_THAT(second.read(), ElementsAre("new", "new 2"));
    EXPECT_EQ(second.follower.possible_gaps(), 1);
    return;
  }
  GTEST_SKIP() << "inodes are not reused here";
}

TEST(FileFollower, IsNotFooledByAnInodeThatIsUsedAgainWhileItRuns) {
  for (int attempt = 0; attempt < kInodeAttempts; ++attempt) {
    LogFiles files;
    files.append("1.json", "old\n");
    files.append("2.json", "old\n");
    Reader reader(files);
    EXPECT_THAT(reader.read(), IsEmpty());
    if (!replace_with_same_inode(files, "3.json", "new\nnew 2\n")) continue;
    EXPECT_THAT(reader.read(), ElementsAre("new", "new 2"));
    EXPECT_EQ(reader.follower.possible_gaps(), 0);
    return;
  }
  GTEST_SKIP() << "inodes are not reused here";
}

TEST(FileFollower, HoldsTheOldestUnreadFilesOpenAndReportsTheRestWhenTheyAreDeleted) {
  LogFiles files;
  files.append("old.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  constexpr std::size_t kTooMany = 3;
  for (std::size_t i = 0; i < kOpenFiles + kTooMany; ++i) files.append(std::to_string(i) + ".json", "line\n");
  reader.follower.look();
  for (std::size_t i = 0; i < kOpenFiles + kTooMany; ++i) files.remove(std::to_string(i) + ".json");
  EXPECT_EQ(reader.read().size(), kOpenFiles);
  EXPECT_EQ(reader.follower.possible_gaps(), static_cast<std::int64_t>(kTooMany));
}

TEST(FileFollower, GoesOnInTheCopyThatCopytruncateMakes) {
  LogFiles files;
  const std::string head(kHeadBytes, 'h');
  files.append("a.json", head + "\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("a.json", "read\n");
  EXPECT_THAT(reader.read(), ElementsAre("read"));
  files.append("a.json", "unread\n");
  files.copy("a.json", "a.json.1");
  files.overwrite("a.json", "new\n");
  EXPECT_THAT(reader.read(), ElementsAre("unread", "new"));
}

TEST(FileFollower, WaitsForADirectoryAndReadsWhatAppearsFromItsBeginning) {
  LogFiles files;
  std::filesystem::remove(files.directory());
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  EXPECT_THAT(reader.read(), IsEmpty());
  std::filesystem::create_directory(files.directory());
  EXPECT_THAT(reader.read(), IsEmpty());
  EXPECT_THAT(reader.read(), IsEmpty());
  EXPECT_THAT(reader.notices, ElementsAre(HasSubstr("No such file"), HasSubstr("holds no jsonlog file")));
  files.append("a.json", "first\n");
  EXPECT_THAT(reader.read(), ElementsAre("first"));
}

TEST(FileFollower, ReadsWhatWasWrittenBetweenTwoRunsWhenTheFirstSawNoFile) {
  LogFiles files;
  Reader first(files);
  EXPECT_THAT(first.read(), IsEmpty());
  files.append("a.json", "first\n");
  Reader second(files, first.follower.position());
  EXPECT_THAT(second.read(), ElementsAre("first"));
  EXPECT_EQ(second.follower.possible_gaps(), 0);
}

// For its life the program may not read what belongs to root.
class WithoutRights {
 public:
  WithoutRights() { EXPECT_EQ(seteuid(65534), 0); }
  ~WithoutRights() { EXPECT_EQ(seteuid(0), 0); }
};

TEST(FileFollower, KeepsTryingWhatItMayNotRead) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to give up rights";
  LogFiles files;
  std::filesystem::permissions(files.root(), std::filesystem::perms(0755));
  files.append("a.json", "old\n");
  std::filesystem::permissions(files.directory() / "a.json", std::filesystem::perms(0600));
  Reader reader(files);
  {
    const WithoutRights without;
    EXPECT_THAT(reader.read(), IsEmpty());
  }
  files.append("a.json", "new\n");
  {
    const WithoutRights without;
    EXPECT_THAT(reader.read(), IsEmpty());
    EXPECT_THAT(reader.follower.trouble(), HasSubstr("a.json: Permission denied"));
  }
  EXPECT_THAT(reader.notices, ElementsAre(HasSubstr("a.json: Permission denied")));
  EXPECT_THAT(reader.read(), ElementsAre("new"));
  EXPECT_EQ(reader.follower.trouble(), "");
}

// A directory that could not be read was said in the log once, and nowhere else.
TEST(FileFollower, SaysWhatIsInTheWayAsLongAsItIs) {
  LogFiles files;
  Reader reader(files);
  reader.read();
  EXPECT_THAT(reader.follower.trouble(), HasSubstr("holds no jsonlog file"));
  files.append("a.json", "1\n");
  EXPECT_THAT(reader.read(), ElementsAre("1"));
  EXPECT_EQ(reader.follower.trouble(), "");
  std::filesystem::rename(files.directory(), files.root() / "away");
  for (int look = 0; look < 2; ++look) {
    EXPECT_THAT(reader.read(), IsEmpty());
    EXPECT_THAT(reader.follower.trouble(), HasSubstr("No such file or directory"));
  }
  std::filesystem::rename(files.root() / "away", files.directory());
  EXPECT_THAT(reader.read(), IsEmpty());
  EXPECT_EQ(reader.follower.trouble(), "");
}

TEST(FileFollower, FollowsALinkThatIsSwitchedToAnotherDirectory) {
  LogFiles files;
  std::filesystem::rename(files.directory(), files.root() / "log-1");
  std::filesystem::create_directory(files.root() / "log-2");
  std::filesystem::create_directory_symlink("log-1", files.directory());
  files.append("a.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("a.json", "a\n");
  std::filesystem::remove(files.directory());
  std::filesystem::create_directory_symlink("log-2", files.directory());
  files.append("a.json", "b\n");
  EXPECT_THAT(reader.read(), ElementsAre("a", "b"));
}

TEST(FileFollower, FollowsALinkToTheLogThatIsSwitched) {
  LogFiles files;
  const auto real = files.root() / "real";
  std::filesystem::create_directory(real);
  const auto write = [&](const std::string& name, const std::string& text) {
    std::ofstream(real / name, std::ios::app) << text;
  };
  const auto link = files.directory() / "server.json";
  write("1.json", "old\n");
  std::filesystem::create_symlink(real / "1.json", link);
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  write("1.json", "one\n");
  write("2.json", "two\n");
  std::filesystem::create_symlink(real / "2.json", files.root() / "next");
  std::filesystem::rename(files.root() / "next", link);
  EXPECT_THAT(reader.read(), ElementsAre("one", "two"));
  EXPECT_THAT(reader.notices, IsEmpty());
}

TEST(FileFollower, GoesOnInsideAFileThatWasCompressedMeanwhile) {
  LogFiles files;
  std::string first;
  for (int i = 0; i < 400; ++i) first += fmt::format("line {}\n", i);
  files.append("a.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("a.json", first);
  EXPECT_EQ(reader.read().size(), 400U);
  const auto point = reader.follower.position();
  files.append("a.json", "one\ntwo\n");
  files.append("b.json", "three\n");
  const auto in_log = "cd " + files.directory().string() + " && ";
  ASSERT_EQ(std::system((in_log + "gzip a.json && mv a.json.gz a.json.1.gz && gzip b.json").c_str()), 0);
  files.append("c.json", "four\n");
  Reader again(files, point);
  EXPECT_THAT(again.read(), ElementsAre("one", "two", "three", "four"));
  EXPECT_EQ(again.follower.possible_gaps(), 0);
  Reader third(files, again.follower.position());
  files.append("c.json", "five\n");
  EXPECT_THAT(third.read(), ElementsAre("five"));
}

TEST(FileFollower, IgnoresWhatIsNoLog) {
  LogFiles files;
  files.append("a.json", "old\n");
  ASSERT_EQ(mkfifo((files.directory() / "pipe.json").c_str(), 0644), 0);
  std::filesystem::create_directory(files.directory() / "directory.json");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("a.log", "stderr\n");
  files.append("old.json.gz", "packed\n");
  files.append("a.json", "new\n");
  EXPECT_THAT(reader.read(), ElementsAre("new"));
}

TEST(FileFollower, TakesAnEndlessLastLineWhenTheNextFileHasLines) {
  LogFiles files;
  files.append("1.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("1.json", "torn");
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("2.json", "a\n");
  EXPECT_THAT(reader.read(), ElementsAre("torn", "a"));
}

TEST(FileFollower, CutsALongLineAndStandsBehindIt) {
  LogFiles files;
  files.append("a.json", "old\n");
  Reader reader(files);
  EXPECT_THAT(reader.read(), IsEmpty());
  files.append("a.json", std::string(3 * kLogLineBytes, 'x') + "\nnext\n");
  const auto lines = reader.read();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), kLogLineBytes);
  EXPECT_EQ(lines[1], "next");
  EXPECT_EQ(reader.follower.position().offset, 4 + 3 * kLogLineBytes + 6);
}

TEST(LogDirectoryOf, ReadsCurrentLogfiles) {
  const LogFiles files;
  EXPECT_FALSE(log_directory_of(files.root()));
  std::ofstream(files.root() / "current_logfiles") << "stderr log/x.log\njsonlog log/x.json\n";
  EXPECT_EQ(log_directory_of(files.root()).value(), files.directory());
  std::ofstream(files.root() / "current_logfiles") << "stderr log/x.log\njsonlog /var/log/pg/x.json\n";
  EXPECT_EQ(log_directory_of(files.root()).value(), "/var/log/pg");
  std::ofstream(files.root() / "current_logfiles") << "stderr log/x.log\n";
  EXPECT_EQ(log_directory_of(files.root()).error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace selfheal::tail
