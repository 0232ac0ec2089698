#include "watch/internal/turnstile.h"

#include <gtest/gtest.h>

#include <string>

#include "support/loop.h"

namespace selfheal::watch {
namespace {

using internal::Turnstile;

// Enters, notes its name, and stays until `leave` is set.
StatusTask visit(Turnstile& turnstile, std::string name, std::string& log, bool& leave, Deadline deadline) {
  SystemClock clock;
  auto turn = co_await turnstile.enter(deadline);
  if (!turn) {
    log += name + (turn.error().code == ErrorCode::timed_out ? ":late " : ":cancelled ");
    co_return Status();
  }
  log += name + " ";
  while (!leave)
    if (!co_await clock.sleep(1ms)) co_return failure(ErrorCode::cancelled, "stopped");
  co_return Status();
}

class Turnstiles : public ::testing::Test {
 protected:
  void spawn(const std::string& name, bool& leave, Duration limit = 10s) {
    group.spawn(name, visit(turnstile, name, log, leave, loop.in(limit)));
    loop.turn();
  }
  test::Loop loop;
  std::string log;
  bool first = false, second = false, others = true;
  Turnstile turnstile{loop.context().get_executor(), 2};
  TaskGroup group{loop.context().get_executor()};
};

TEST_F(Turnstiles, LetInAsManyAsThereArePlacesThenInTheOrderTheyCame) {
  spawn("a", first);
  spawn("b", second);
  spawn("c", others);
  spawn("d", others);
  EXPECT_EQ(log, "a b ");
  EXPECT_FALSE(turnstile.is_free());
  second = true;
  loop.finish([this] { return group.running() == 1; });
  EXPECT_EQ(log, "a b c d ");
  EXPECT_TRUE(turnstile.is_free());
  first = true;
  loop.finish([this] { return group.running() == 0; });
}

TEST_F(Turnstiles, SendAwayWhoseTimeIsUpAndKeepThePlaceOfOthers) {
  spawn("a", first);
  spawn("b", second);
  spawn("c", others, 5ms);
  spawn("d", others);
  loop.finish([this] { return group.running() == 3; });
  EXPECT_EQ(log, "a b c:late ");
  first = true;
  loop.finish([this] { return group.running() == 1; });
  EXPECT_EQ(log, "a b c:late d ");
  second = true;
  loop.finish([this] { return group.running() == 0; });
}

Task<int> stop(TaskGroup& group) {
  co_await group.stop();
  co_return 0;
}

TEST_F(Turnstiles, ForgetWhoIsCancelled) {
  spawn("a", first);
  spawn("b", second);
  TaskGroup impatient(loop.context().get_executor());
  impatient.spawn("c", visit(turnstile, "c", log, others, loop.in(10s)));
  loop.turn();
  spawn("d", others);
  EXPECT_TRUE(loop.run(stop(impatient)));
  EXPECT_EQ(log, "a b c:cancelled ");
  first = second = true;
  loop.finish([this] { return group.running() == 0; });
  EXPECT_EQ(log, "a b c:cancelled d ");
  EXPECT_TRUE(turnstile.is_free());
}

}  // namespace
}  // namespace selfheal::watch
