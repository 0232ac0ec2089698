#include "base/child_process.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

namespace selfheal {
namespace {

Result<ProgramEnd> shell(const std::string& script, Duration limit = 10s) {
  const SystemClock clock;
  return run_program({.arguments = {"/bin/sh", "-c", script}}, clock, clock.deadline_in(limit));
}

TEST(ChildProcess, TellsOutputAndExitCode) {
  const auto end = shell("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 3);
  EXPECT_EQ(end->output, "out\nerr\n");
}

TEST(ChildProcess, TellsTheSignalThatEndedIt) {
  const auto end = shell("kill -KILL $$");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 128 + SIGKILL);
}

TEST(ChildProcess, IsKilledAtTheDeadline) {
  const auto end = shell("sleep 60 & sleep 60", 50ms);
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().code, ErrorCode::timed_out);
}

TEST(ChildProcess, DoesNotWaitForWhatItLeavesBehind) {
  const auto end = shell("(trap '' HUP; exec sleep 60) & echo $!");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 0);
  EXPECT_EQ(kill(std::stoi(end->output), SIGKILL), 0);
}

TEST(ChildProcess, InheritsNoEnvironmentAndNoOpenFile) {
  ASSERT_EQ(setenv("PGDATA", "/elsewhere", 1), 0);
  const auto end = shell("echo \"$PGDATA\"; ls /proc/self/fd | wc -l");
  ASSERT_TRUE(end);
  EXPECT_EQ(end->output, "\n4\n");  // three, and the listing's own
  unsetenv("PGDATA");
}

TEST(ChildProcess, KeepsTheEndOfALongOutput) {
  const auto end = shell("yes x | head -c 200000; echo last");
  ASSERT_TRUE(end);
  EXPECT_LE(end->output.size(), kProgramOutputBytes);
  EXPECT_TRUE(end->output.ends_with("last\n"));
}

TEST(ChildProcess, SaysWhenThereIsNoSuchProgram) {
  const SystemClock clock;
  const auto end = run_program({.arguments = {"/does/not/exist"}}, clock, clock.deadline_in(5s));
  ASSERT_TRUE(end);
  EXPECT_EQ(end->exit_code, 127);
}

TEST(ChildProcess, StartsWithoutWaiting) {
  const auto child = start_program({.arguments = {"/bin/sleep", "60"}});
  ASSERT_TRUE(child);
  EXPECT_EQ(kill(*child, SIGTERM), 0);
  int status = 0;
  EXPECT_EQ(waitpid(*child, &status, 0), *child);
  EXPECT_TRUE(WIFSIGNALED(status));
}

}  // namespace
}  // namespace selfheal
