// The client against a server that somebody else wrote: aimock from npm, when it and a node that runs it are
// here.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "assistant/client.h"
#include "assistant/conversation.h"
#include "base/child_process.h"
#include "support/fake_world.h"
#include "support/loop.h"

namespace selfheal::assistant {
namespace {

namespace fs = std::filesystem;

const fs::path kNode = "/usr/bin/node";

std::string text_in(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Why it cannot run here; empty when it can.
std::string reason_to_skip(const fs::path& script, const Clock& clock) {
  if (!fs::exists(kNode)) return "there is no " + kNode.string();
  const auto version =
      run_program({.arguments = {kNode, "-e",
                                 "const [a, b] = process.versions.node.split('.').map(Number);"
                                 "process.exit(a > 20 || (a === 20 && b >= 15) ? 0 : 1)"}},
                  clock, clock.deadline_in(10s));
  if (!version || version->exit_code != 0) return "node is older than 20.15";
  if (!fs::exists(script)) return "aimock is not installed: run `npm ci` in tests/language_model";
  return {};
}

class Aimock : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* source = std::getenv("SELFHEAL_SOURCE_DIR");
    const auto folder = fs::path(source ? source : ".") / "tests/language_model";
    const auto script = folder / "node_modules/@copilotkit/aimock/dist/cli.js";
    if (const auto reason = reason_to_skip(script, clock_); !reason.empty())
      GTEST_SKIP() << "NOT TESTED against aimock: " << reason;
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
    const auto output = fs::path(directory_) / "out";
    const auto started =
        start_program({.arguments = {kNode, script, "-p", "0", "-f", folder / "answers.json", "--strict"},
                       .output = output,
                       .signal_when_orphaned = SIGKILL});
    ASSERT_TRUE(started.has_value()) << started.error().message;
    server_ = *started;
    const std::regex url("http://127\\.0\\.0\\.1:[1-9][0-9]*");
    const auto patience = clock_.deadline_in(20s);
    for (std::smatch found; settings_.base_url.empty() && clock_.left(patience) > 0ms;) {
      const auto said = text_in(output);
      if (std::regex_search(said, found, url)) settings_.base_url = found.str() + "/v1";
    }
    ASSERT_FALSE(settings_.base_url.empty()) << text_in(output);
    client_ = std::make_unique<Client>(settings_, clock_, random_);
  }
  void TearDown() override {
    client_.reset();
    if (server_ > 0) {
      ::kill(server_, SIGTERM);
      ::waitpid(server_, nullptr, 0);
    }
    fs::remove_all(directory_);
  }

  Result<Answer> ask(std::vector<Message> messages, bool streamed) {
    ChatRequest request{.messages = std::move(messages), .tools = {kHealth}};
    if (streamed) request.on_text = [this](std::string_view text) { shown_ += text; };
    return loop_.run(client_->chat(std::move(request), clock_.deadline_in(30s)));
  }

  static constexpr Tool kHealth{"health", "How a server is",
                                R"({"type":"object","properties":{"server":{"type":"string"}}})"};
  SystemClock clock_;
  SeededRandom random_{1};
  test::Loop loop_;
  std::string directory_ = (fs::temp_directory_path() / "selfheal-aimock-XXXXXX").string();
  Settings settings_{.base_url = "", .api_key = Secret("key"), .retries = 1};
  pid_t server_ = 0;
  std::unique_ptr<Client> client_;
  std::string shown_;
};

TEST_F(Aimock, AnswersWholeAndStreamed) {
  for (const bool streamed : {false, true}) {
    const auto answer = ask({Message::user(OurText("why"))}, streamed);
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->text.text(), "Two sessions wait for each other.");
    EXPECT_EQ(answer->finish, Finish::stop);
  }
  EXPECT_EQ(shown_, "Two sessions wait for each other.");
}

TEST_F(Aimock, CallsAToolAndReadsItsResult) {
  for (const bool streamed : {false, true}) {
    std::vector<Message> messages{Message::user(OurText("look"))};
    const auto first = ask(messages, streamed);
    ASSERT_TRUE(first.has_value()) << first.error().message;
    ASSERT_EQ(first->calls.size(), 1u);
    EXPECT_EQ(first->calls[0].name(), "health");
    EXPECT_EQ(first->calls[0].arguments()->at("server").as_string(), "orders");
    messages.push_back(Message::assistant(*first));
    messages.push_back(Message::result(first->calls[0], OurText("well")));
    const auto second = ask(messages, streamed);
    ASSERT_TRUE(second.has_value()) << second.error().message;
    EXPECT_EQ(second->text.text(), "It is well.");
  }
}

TEST_F(Aimock, TalksWithAPersonByTools) {
  test::FakeWorld world;
  test::FakeUsage usage;
  test::furnish(world, clock_.now());
  Conversation conversation({.world = world, .usage = usage, .model = client_.get(), .clock = clock_}, {});
  std::vector<RunEvent> events;
  const auto turn = loop_.run(conversation.answer(
      {.run = "r1", .text = "is anybody stuck?"}, {.name = "ann", .may_view = true},
      [&events](RunEvent event) { events.push_back(std::move(event)); }, clock_.deadline_in(30s)));
  ASSERT_TRUE(turn.has_value()) << turn.error().message;
  EXPECT_THAT(turn->text, ::testing::HasSubstr("Nobody waits for a lock [Q1]."));
  const auto proven = [](const RunEvent& event) {
    const auto* token = std::get_if<Token>(&event);
    return token != nullptr && token->is_proven;
  };
  EXPECT_TRUE(std::ranges::any_of(events, proven));
  EXPECT_TRUE(std::holds_alternative<RunDone>(events.back()));
  EXPECT_GT(usage.spent.prompt_tokens, 0);
}

TEST_F(Aimock, RefusesInWordsOfOurs) {
  const auto broken = ask({Message::user(OurText("broken"))}, false);
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().message, ::testing::StartsWith("language model: status 500 server_error"));
  EXPECT_THAT(broken.error().message, ::testing::Not(::testing::HasSubstr("boom")));
  const auto quota = ask({Message::user(OurText("quota"))}, true);
  ASSERT_FALSE(quota.has_value());
  EXPECT_EQ(quota.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(client_->is_open());
}

}  // namespace
}  // namespace selfheal::assistant
