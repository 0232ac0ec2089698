#include "server/pause_switch.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>

namespace selfheal::server {
namespace {

class Stored final : public healing::PolicyBook {
 public:
  Task<Settings> settings_for(ServerId, Deadline) override { co_return settings; }
  Task<healing::Usage> usage_of(ServerId, std::string, std::string, Deadline) override {
    co_return healing::Usage{};
  }
  Settings settings;
};

class Switch : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/selfheal-pause-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  Settings asked(bool by_configuration = false) {
    PauseSwitch pause(stored_, directory_ / "paused", by_configuration);
    const SystemClock clock;
    asio::io_context context{1};
    Settings answer;
    asio::co_spawn(
        context, pause.settings_for(ServerId("a"), clock.deadline_in(1s)),
        [&](std::exception_ptr, Result<Settings> settings) { answer = settings.value_or(Settings{}); });
    context.run();
    return answer;
  }

  Stored stored_;
  std::filesystem::path directory_;
};

TEST_F(Switch, LetsTheStoresPolicyThroughWhenNothingPauses) { EXPECT_FALSE(asked().paused); }

TEST_F(Switch, PausesWhileTheFileExists) {
  std::ofstream(directory_ / "paused") << "";
  EXPECT_TRUE(asked().paused);
  std::filesystem::remove(directory_ / "paused");
  EXPECT_FALSE(asked().paused);
}

TEST_F(Switch, PausesWhenTheConfigurationOrTheStoreSaysSo) {
  EXPECT_TRUE(asked(true).paused);
  stored_.settings = {.paused = true, .paused_why = "release night"};
  EXPECT_EQ(asked(true).paused_why, "release night");
}

TEST_F(Switch, WhatIsUnreadableMeansNoAct) {
  PauseSwitch pause(stored_, std::string(5000, 'x'), false);  // ENAMETOOLONG
  const SystemClock clock;
  asio::io_context context{1};
  bool paused = false;
  asio::co_spawn(
      context, pause.settings_for(ServerId("a"), clock.deadline_in(1s)),
      [&](std::exception_ptr, Result<Settings> settings) { paused = settings && settings->paused; });
  context.run();
  EXPECT_TRUE(paused);
}

}  // namespace
}  // namespace selfheal::server
