#include "base/pulse.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace selfheal {
namespace {

TEST(Pulse, NotesHowLongAThreadWasKept) {
  SystemClock clock;
  asio::io_context context{1};
  TaskGroup tasks(context.get_executor());
  Pulse pulse(clock);
  tasks.spawn("pulse", pulse.beat());
  const auto turn_for = [&](Duration time) {
    context.restart();
    context.run_until(clock.steady_now() + time);
  };
  turn_for(5 * Pulse::kPeriod);
  EXPECT_LT(pulse.longest_delay(), 200ms);
  asio::post(context, [&] {
    for (const auto end = clock.steady_now() + 300ms; clock.steady_now() < end;) continue;
  });
  turn_for(400ms);
  EXPECT_GE(pulse.longest_delay(), 300ms - Pulse::kPeriod);
  asio::co_spawn(context, tasks.stop(), [](std::exception_ptr) {});
  context.restart();
  context.run();
}

}  // namespace
}  // namespace selfheal
