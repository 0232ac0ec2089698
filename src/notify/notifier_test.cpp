#include "notify/notifier.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <deque>
#include <functional>

#include "support/simulated_clock.h"

namespace selfheal::notify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Time kStart(std::chrono::seconds(1'900'000'000));
using Outcome = Delivery::Outcome;

// Letters in memory; what is due is claimed as the store does it.
class FakeOutbox final : public Outbox {
 public:
  explicit FakeOutbox(const Clock& clock) : clock_(clock) {}

  void write(const std::string& channel, std::int64_t incident) {
    letters.push_back({.channel = channel,
                       .incident = IncidentNumber(incident),
                       .changes = 1,
                       .is_waiting = true,
                       .due_at = clock_.now()});
  }
  Letter& of(const std::string& channel, std::int64_t incident) {
    for (auto& letter : letters)
      if (letter.channel == channel && letter.incident.value() == incident) return letter;
    write(channel, incident);
    return letters.back();
  }

  StatusTask set_channels(std::vector<std::string> names, Deadline) override {
    channels = std::move(names);
    co_return Status{};
  }
  Task<std::vector<Letter>> claim(Claim claim, Deadline) override {
    for (auto& letter : letters) {
      const bool due = letter.is_waiting && letter.due_at && *letter.due_at <= clock_.now();
      const bool remind = letter.remind_at && *letter.remind_at <= clock_.now();
      if (letter.channel != claim.channel || !(due || remind)) continue;
      ++letter.attempts;
      co_return std::vector<Letter>{letter};
    }
    co_return std::vector<Letter>{};
  }
  StatusTask settle(Letter letter, std::optional<DeliveryRecord> tried, Deadline) override {
    of(letter.channel, letter.incident.value()) = letter;
    if (tried) records.push_back(*std::move(tried));
    co_return Status{};
  }
  StatusTask record(DeliveryRecord tried, Deadline) override {
    records.push_back(std::move(tried));
    co_return Status{};
  }
  StatusTask tell_instead(std::string channel, IncidentNumber incident, std::string why, Deadline) override {
    auto& letter = of(channel, incident.value());
    letter.instead_of = std::move(why);
    letter.is_waiting = true;
    letter.due_at = clock_.now();
    co_return Status{};
  }
  StatusTask unpark(std::string channel, Deadline) override {
    unparked.push_back(channel);
    for (auto& letter : letters)
      if (letter.channel == channel && std::exchange(letter.parked_at, std::nullopt)) {
        letter.is_waiting = true;
        letter.due_at = clock_.now();
      }
    co_return Status{};
  }
  Task<std::vector<NumberedEntry>> timeline_after(IncidentNumber, std::int64_t, Deadline) override {
    co_return std::vector<NumberedEntry>{};
  }
  Task<DeliveryPage> deliveries(DeliveryFilter, Deadline) override { co_return DeliveryPage{}; }
  Task<std::vector<Letter>> parked(Deadline) override { co_return std::vector<Letter>{}; }
  Task<Backlog> backlog(std::string, Deadline) override { co_return Backlog{}; }

  std::deque<Letter> letters;
  std::vector<DeliveryRecord> records;
  std::vector<std::string> channels;
  std::vector<std::string> unparked;

 private:
  const Clock& clock_;
};

// Only find() is asked for.
class FakeIncidents final : public healing::IncidentBook {
 public:
  Task<Incident> find(IncidentNumber number, Deadline) override {
    auto incident = like;
    incident.number = number;
    co_return incident;
  }
  Task<std::vector<Filed>> file(ServerId, std::vector<Sighting>, Deadline) override { co_return failure(""); }
  Task<std::vector<Incident>> unfinished(Deadline) override { co_return failure(""); }
  Task<Incident> update(Incident, std::vector<TimelineEntry>, Deadline) override { co_return failure(""); }
  Task<EvidenceItem> before_in_session(ServerId, EventKey, Deadline) override { co_return failure(""); }
  Task<Evidence> attach(IncidentNumber, Evidence, Deadline) override { co_return failure(""); }
  Task<Incident> merge(IncidentNumber, IncidentNumber, Deadline) override { co_return failure(""); }

  Incident like{.rev = 1, .state = IncidentState::open};
};

class FakeMemory final : public healing::CaseMemory {
 public:
  Task<std::vector<healing::PastCase>> recall(Fingerprint, Deadline) override {
    co_return std::vector<healing::PastCase>{};
  }
  Task<void> recognise(Fingerprint, std::string, std::string, Deadline) override { co_return Result<void>{}; }
  Task<void> remember(Fingerprint, healing::PastCase, Deadline) override { co_return Result<void>{}; }
  Task<Evidence> gathered(IncidentNumber, Deadline) override { co_return Evidence{}; }
};

class FakeAdviser final : public Adviser {
 public:
  Task<std::vector<pg::RedactedText>> advise(IncidentNumber, Deadline) override {
    co_return failure(ErrorCode::unavailable, "no advice");
  }
};

class FakeAlarm final : public Alarm {
 public:
  StatusTask channel_fails(std::string channel, std::string, Deadline) override {
    heard.push_back(channel + " fails");
    co_return Status{};
  }
  StatusTask channel_works(std::string channel, Deadline) override {
    heard.push_back(channel + " works");
    co_return Status{};
  }
  std::vector<std::string> heard;
};

// What a channel answers, call after call; afterwards it takes everything.
struct Script {
  std::deque<Delivery> answers;
  std::vector<Notice> got;
  std::vector<Time> at;
};

class ScriptedChannel final : public Channel {
 public:
  ScriptedChannel(Script& script, const Clock& clock) : script_(script), clock_(clock) {}
  bool can_edit() const override { return false; }
  std::string destination() const override { return "example.com"; }
  asio::awaitable<Delivery> deliver(Notice notice, std::string, Deadline) override {
    script_.got.push_back(std::move(notice));
    script_.at.push_back(clock_.now());
    if (script_.answers.empty()) co_return Delivery{.answer = "HTTP 200"};
    auto answer = script_.answers.front();
    script_.answers.pop_front();
    co_return answer;
  }

 private:
  Script& script_;
  const Clock& clock_;
};

class NotifierTest : public ::testing::Test {
 protected:
  NotifierTest() {
    incidents_.like.error_class.severity = Severity::high;
    std::vector<ConfiguredChannel> channels;
    channels.push_back(
        {.name = "slack", .kind = "Slack", .channel = std::make_unique<ScriptedChannel>(slack_, clock_)});
    channels.push_back(
        {.name = "webhook", .kind = "webhook", .channel = std::make_unique<ScriptedChannel>(hook_, clock_)});
    channels.push_back({.name = "pager", .kind = "pager", .off_why = "it is not set"});
    notifier_.emplace(NotifierParts{.executor = context_.get_executor(),
                                    .outbox = outbox_,
                                    .incidents = incidents_,
                                    .memory = memory_,
                                    .adviser = adviser_,
                                    .alarm = alarm_,
                                    .clock = clock_,
                                    .random = random_},
                      Sender{.tenant = "acme"}, std::move(channels));
    notifier_->start();
  }
  ~NotifierTest() override {
    asio::co_spawn(context_, notifier_->stop(), [](std::exception_ptr) {});
    context_.restart();
    context_.run();
  }
  void pass(Duration duration) {
    const auto until = clock_.now() + duration;
    clock_.run(context_, until, [] { return false; });
  }
  std::string state_of(std::size_t channel) const { return notifier_->channels().at(channel).state; }

  asio::io_context context_{1};
  test::SimulatedClock clock_{kStart};
  SeededRandom random_{7};
  FakeOutbox outbox_{clock_};
  FakeIncidents incidents_;
  FakeMemory memory_;
  FakeAdviser adviser_;
  FakeAlarm alarm_;
  Script slack_, hook_;
  std::optional<Notifier> notifier_;
};

TEST_F(NotifierTest, TellsOnceAndKnowsWhatItTold) {
  outbox_.write("slack", 7);
  pass(1h);
  ASSERT_THAT(slack_.got, SizeIs(1));
  EXPECT_EQ(slack_.got[0].incident, "SH-7");
  EXPECT_EQ(slack_.got[0].change, Change::opened);
  EXPECT_THAT(hook_.got, IsEmpty());
  EXPECT_THAT(outbox_.channels, ElementsAre("slack", "webhook")) << "not the one that is off";
  const auto& letter = outbox_.of("slack", 7);
  EXPECT_FALSE(letter.is_waiting);
  EXPECT_EQ(letter.told->rev, 1);
  EXPECT_EQ(letter.remind_at, slack_.at[0] + 4h);
  EXPECT_EQ(state_of(0), "ok");
  EXPECT_EQ(state_of(2), "off");
  pass(9h);
  EXPECT_THAT(slack_.got, SizeIs(3)) << "two reminders";
  EXPECT_EQ(slack_.got[2].change, Change::reminder);
  EXPECT_NE(slack_.got[2].id, slack_.got[1].id);
}

TEST_F(NotifierTest, TriesAgainUnderTheSameIdUntilItGetsThrough) {
  slack_.answers = {{Outcome::try_later, "HTTP 503"}, {Outcome::try_later, "HTTP 503"}};
  outbox_.write("slack", 7);
  pass(1min);
  ASSERT_THAT(slack_.got, SizeIs(3));
  EXPECT_EQ(slack_.got[0].id, slack_.got[2].id);
  EXPECT_EQ(outbox_.records.at(2).attempt, 3);
  EXPECT_EQ(outbox_.records.at(2).outcome, "delivered");
  EXPECT_THAT(hook_.got, IsEmpty()) << "two failures are no reason to tell others";
  EXPECT_THAT(alarm_.heard, ElementsAre("slack works"));
  EXPECT_EQ((notifier_->tries().at({"slack", "try_later"})), 2);
}

TEST_F(NotifierTest, WaitsAsLongAsTheReceiverAsksWithEverything) {
  slack_.answers = {{Outcome::try_later, "HTTP 429", Duration(30s)}};
  outbox_.write("slack", 7);
  outbox_.write("slack", 8);
  pass(5min);
  ASSERT_THAT(slack_.got, SizeIs(3));
  EXPECT_GE(slack_.at[1] - slack_.at[0], Duration(30s));
}

TEST_F(NotifierTest, AChannelThatDoesNotWorkIsAnAlarmAndTheNextOneIsTold) {
  for (int i = 0; i < 6; ++i) slack_.answers.push_back({Outcome::try_later, "slack: Couldn't connect"});
  outbox_.write("slack", 7);
  pass(20s);
  EXPECT_EQ(state_of(0), "failing");
  ASSERT_THAT(hook_.got, SizeIs(1));
  EXPECT_EQ(hook_.got[0].instead_of.text(), "slack does not work: slack: Couldn't connect");
  EXPECT_THAT(alarm_.heard, ElementsAre("slack fails", "webhook works"));
  pass(10min);
  EXPECT_THAT(alarm_.heard, ElementsAre("slack fails", "webhook works", "slack works"));
  EXPECT_THAT(outbox_.unparked, ElementsAre("slack"));
  EXPECT_EQ(state_of(0), "ok");
  EXPECT_THAT(hook_.got, SizeIs(1)) << "once";
}

TEST_F(NotifierTest, WhatIsRejectedIsGivenUpAndToldElsewhere) {
  slack_.answers = {{Outcome::rejected, "HTTP 404"}};
  outbox_.write("slack", 7);
  pass(1h);
  EXPECT_THAT(slack_.got, SizeIs(1));
  EXPECT_TRUE(outbox_.of("slack", 7).parked_at);
  EXPECT_THAT(hook_.got, SizeIs(1));
  outbox_.write("slack", 8);
  pass(1h);
  EXPECT_THAT(slack_.got, SizeIs(2))
      << "one message that was rejected does not come again because others get through";
}

TEST_F(NotifierTest, GivesUpAfterADay) {
  for (int i = 0; i < 200; ++i) slack_.answers.push_back({Outcome::try_later, "HTTP 500"});
  outbox_.write("slack", 7);
  pass(30h);
  const auto& letter = outbox_.of("slack", 7);
  ASSERT_TRUE(letter.parked_at);
  EXPECT_GE(*letter.parked_at - slack_.at[0], Duration(24h));
  EXPECT_LE(*letter.parked_at - slack_.at[0], Duration(25h));
  EXPECT_LT(slack_.got.size(), 60u);
}

TEST_F(NotifierTest, ThatAChannelFailsIsNotToldOverItAndGoesNoFurther) {
  incidents_.like.trouble = kOwnTrouble;
  incidents_.like.database = "slack";
  outbox_.write("slack", 7);
  outbox_.write("webhook", 7);
  hook_.answers = {{Outcome::rejected, "HTTP 401"}};
  pass(1h);
  EXPECT_THAT(slack_.got, IsEmpty());
  EXPECT_FALSE(outbox_.of("slack", 7).is_waiting);
  EXPECT_THAT(hook_.got, SizeIs(1));
}

TEST_F(NotifierTest, ATestBringsBackWhatWasGivenUp) {
  slack_.answers = {{Outcome::rejected, "HTTP 404"}, {Outcome::rejected, "HTTP 404"}};
  outbox_.write("slack", 7);
  pass(1min);
  std::vector<std::string> outcomes;
  const auto press = [&](const std::string& channel) {
    asio::co_spawn(context_, notifier_->test(channel, clock_.deadline_in(10s)),
                   [&](std::exception_ptr, Result<Delivery> delivery) {
                     outcomes.push_back(delivery ? delivery->answer
                                                 : to_word(delivery.error().code == ErrorCode::not_found
                                                               ? Change::failed
                                                               : Change::refused));
                   });
    pass(10s);
  };
  press("slack");
  press("slack");
  EXPECT_THAT(outcomes, ElementsAre("HTTP 404", "HTTP 200"));
  EXPECT_EQ(slack_.got.at(1).change, Change::test);
  ASSERT_THAT(slack_.got, SizeIs(4));
  EXPECT_EQ(slack_.got[3].incident, "SH-7");
  press("pager");
  press("nobody");
  EXPECT_THAT(outcomes, ElementsAre("HTTP 404", "HTTP 200", "refused", "failed"));
}

TEST_F(NotifierTest, TheEndOfAMuteIsToldWhereTheMuteWasNot) {
  outbox_.write("slack", 7);
  pass(1min);
  incidents_.like.state = IncidentState::muted;
  incidents_.like.rev = 2;
  outbox_.of("slack", 7).is_waiting = true;
  outbox_.of("slack", 7).due_at = clock_.now();
  pass(1min);
  EXPECT_THAT(slack_.got, SizeIs(1));
  incidents_.like.state = IncidentState::open;
  incidents_.like.rev = 3;
  outbox_.of("slack", 7).is_waiting = true;
  outbox_.of("slack", 7).due_at = clock_.now();
  pass(1min);
  ASSERT_THAT(slack_.got, SizeIs(2));
  EXPECT_EQ(slack_.got[1].change, Change::unmuted);
}

}  // namespace
}  // namespace selfheal::notify
