#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

using notify::DeliveryRecord;
using notify::Letter;
using testing::IsEmpty;
using testing::SizeIs;

class OutboxTest : public test::StoreTest {
 protected:
  Store& open_with(std::vector<std::string> channels) {
    auto& store = open();
    done(store.outbox().set_channels(std::move(channels), soon()));
    return store;
  }
  std::vector<Letter> claim(Store& store, const std::string& channel = "slack", int limit = 10) {
    return got(store.outbox().claim({.channel = channel, .wait = 10s, .lease = 60s, .limit = limit}, soon()));
  }
  // What waits, after the wait for more is over.
  std::vector<Letter> claim_later(Store& store, const std::string& channel = "slack") {
    EXPECT_THAT(claim(store, channel), IsEmpty());
    clock_.wall += 10s;
    return claim(store, channel);
  }
  void told(Store& store, Letter letter) {
    letter.is_waiting = false;
    letter.due_at.reset();
    letter.told = notify::Told{.at = clock_.wall, .state = IncidentState::open, .rev = 1};
    done(store.outbox().settle(std::move(letter), std::nullopt, soon()));
  }
};

TEST_F(OutboxTest, ManyFilingsOfOneIncidentAreOneLetterAChannel) {
  auto& store = open_with({"slack", "webhook"});
  for (int i = 0; i < 50; ++i) file(store, {seen("aa", 1 + i * 10, 10)});
  const auto letters = claim_later(store);
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].incident, IncidentNumber(1));
  EXPECT_EQ(letters[0].attempts, 1);
  EXPECT_FALSE(letters[0].told);
  EXPECT_THAT(claim_later(store, "webhook"), SizeIs(1));
}

TEST_F(OutboxTest, WithoutChannelsNothingIsKept) {
  auto& store = open();
  an_incident(store);
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.notification"), "0");
}

TEST_F(OutboxTest, AFilingThatIsRolledBackTellsNothing) {
  open_with({"slack"});
  auto& store = *stores_.back();
  const auto incident = an_incident(store);
  told(store, claim_later(store).at(0));
  look("BEGIN; UPDATE selfheal.incident SET events = events + 1; ROLLBACK");
  EXPECT_EQ(look("SELECT is_waiting FROM selfheal.notification"), "f");
  look("UPDATE selfheal.incident SET events = events + 1");
  EXPECT_EQ(look("SELECT is_waiting FROM selfheal.notification"), "t");
  EXPECT_EQ(claim_later(store).at(0).incident, incident.number);
}

TEST_F(OutboxTest, WhatChangesWhileItIsDeliveredWaitsAgain) {
  auto& store = open_with({"slack"});
  an_incident(store, "aa");
  auto letter = claim_later(store).at(0);
  file(store, {seen("aa", 10)});
  told(store, std::move(letter));
  const auto again = claim_later(store);
  ASSERT_THAT(again, SizeIs(1));
  ASSERT_TRUE(again[0].told);
  EXPECT_EQ(again[0].told->rev, 1);
  told(store, again[0]);
  clock_.wall += 1h;
  EXPECT_THAT(claim(store), IsEmpty());
}

TEST_F(OutboxTest, AnAbandonedClaimComesBackWhenItsLeaseEnds) {
  auto& store = open_with({"slack"});
  an_incident(store);
  const auto lent = claim_later(store);
  ASSERT_THAT(lent, SizeIs(1));
  clock_.wall += 59s;
  EXPECT_THAT(claim(store), IsEmpty()) << "somebody delivers it";
  clock_.wall += 1s;
  const auto again = claim(store);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].attempts, 2);
}

TEST_F(OutboxTest, ARetryKeepsItsTimeAlthoughMoreHappens) {
  auto& store = open_with({"slack"});
  an_incident(store, "aa");
  auto letter = claim_later(store).at(0);
  letter.is_waiting = true;
  letter.due_at = clock_.wall + 5min;
  letter.failing_since = clock_.wall;
  letter.last_answer = "HTTP 503";
  done(store.outbox().settle(std::move(letter), DeliveryRecord{.channel = "slack", .at = clock_.wall},
                             soon()));
  file(store, {seen("aa", 10)});
  clock_.wall += 4min;
  EXPECT_THAT(claim(store), IsEmpty());
  clock_.wall += 1min;
  const auto again = claim(store);
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].last_answer, "HTTP 503");
  EXPECT_EQ(again[0].failing_since, clock_.wall - 5min);
}

TEST_F(OutboxTest, WhatWasGivenUpIsShownAndComesBack) {
  auto& store = open_with({"slack"});
  an_incident(store, "aa");
  auto letter = claim_later(store).at(0);
  letter.is_waiting = false;
  letter.due_at.reset();
  letter.parked_at = clock_.wall;
  letter.last_answer = "HTTP 404";
  done(store.outbox().settle(letter, std::nullopt, soon()));
  EXPECT_THAT(claim(store), IsEmpty());
  const auto parked = got(store.outbox().parked(soon()));
  ASSERT_THAT(parked, SizeIs(1));
  EXPECT_EQ(parked[0].last_answer, "HTTP 404");
  EXPECT_EQ(got(store.outbox().backlog("slack", soon())).parked, 1);
  done(store.outbox().unpark("slack", soon()));
  EXPECT_THAT(claim(store), SizeIs(1));
}

TEST_F(OutboxTest, AReminderComesDueByItself) {
  auto& store = open_with({"slack"});
  an_incident(store);
  auto letter = claim_later(store).at(0);
  letter.remind_at = clock_.wall + 4h;
  told(store, std::move(letter));
  clock_.wall += 4h - 1s;
  EXPECT_THAT(claim(store), IsEmpty());
  clock_.wall += 1s;
  EXPECT_THAT(claim(store), SizeIs(1));
}

TEST_F(OutboxTest, AnotherChannelStandsInOnce) {
  auto& store = open_with({"slack", "webhook"});
  const auto incident = an_incident(store);
  told(store, claim_later(store, "webhook").at(0));
  for (int i = 0; i < 2; ++i)
    done(store.outbox().tell_instead("webhook", incident.number, "slack does not work", soon()));
  const auto letters = claim(store, "webhook");
  ASSERT_THAT(letters, SizeIs(1)) << "at once";
  EXPECT_EQ(letters[0].instead_of, "slack does not work");
  EXPECT_EQ(letters[0].changes, 2);
  done(store.outbox().tell_instead("webhook", IncidentNumber(99), "there is no such incident", soon()));
}

TEST_F(OutboxTest, AChannelThatIsGoneIsLetGo) {
  auto& store = open_with({"slack", "webhook"});
  an_incident(store, "aa");
  done(store.outbox().set_channels({"webhook"}, soon()));
  clock_.wall += 1min;
  EXPECT_THAT(claim(store), IsEmpty());
  EXPECT_THAT(claim_later(store, "webhook"), SizeIs(1));
  done(store.outbox().set_channels({"slack"}, soon()));
  EXPECT_THAT(claim_later(store), IsEmpty()) << "what happened meanwhile is not told";
  file(store, {seen("aa", 10)});
  EXPECT_THAT(claim_later(store), SizeIs(1));
}

TEST_F(OutboxTest, DeliveriesAreListedNewestFirst) {
  auto& store = open_with({"slack"});
  const auto incident = an_incident(store);
  for (int i = 0; i < 5; ++i)
    done(store.outbox().record({.channel = i % 2 == 0 ? "slack" : "webhook",
                                .incident = incident.number,
                                .at = clock_.wall,
                                .change = "opened",
                                .outcome = i == 0 ? "rejected" : "delivered",
                                .answer = fmt::format("HTTP {}", 200 + i),
                                .took = 3ms,
                                .notice = "n"},
                               soon()));
  done(store.outbox().record(
      {.channel = "slack", .at = clock_.wall, .change = "test", .outcome = "delivered"}, soon()));
  auto page = got(store.outbox().deliveries({.limit = 4}, soon()));
  ASSERT_THAT(page.items, SizeIs(4));
  EXPECT_FALSE(page.items[0].incident) << "the test";
  EXPECT_EQ(page.items[1].answer, "HTTP 204");
  EXPECT_EQ(page.items[1].took, 3ms);
  ASSERT_TRUE(page.next);
  page = got(store.outbox().deliveries({.before = page.next, .limit = 4}, soon()));
  EXPECT_THAT(page.items, SizeIs(2));
  EXPECT_FALSE(page.next);
  EXPECT_THAT(got(store.outbox().deliveries({.channel = "webhook"}, soon())).items, SizeIs(2));
  EXPECT_THAT(got(store.outbox().deliveries({.outcome = "rejected"}, soon())).items, SizeIs(1));
  EXPECT_THAT(got(store.outbox().deliveries({.incident = IncidentNumber(9)}, soon())).items, IsEmpty());
  EXPECT_EQ(got(store.outbox().backlog("slack", soon())).last->change, "test");
}

TEST_F(OutboxTest, TellsOnlyWhatIsNewOfATimeline) {
  auto& store = open_with({"slack"});
  auto incident = an_incident(store);
  const auto first = got(store.outbox().timeline_after(incident.number, 0, soon()));
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].entry.what, "filed");
  incident = got(store.incidents().update(incident, {{clock_.wall, "diagnosed", "Because."}}, soon()));
  const auto more = got(store.outbox().timeline_after(incident.number, first[0].number, soon()));
  ASSERT_THAT(more, SizeIs(1));
  EXPECT_EQ(more[0].entry.text, "Because.");
}

TEST_F(OutboxTest, TenantsDoNotHearOfEachOther) {
  auto& acme = open_with({"slack"});
  auto& other = open("other");
  done(other.outbox().set_channels({"slack"}, soon()));
  an_incident(acme);
  clock_.wall += 1min;
  EXPECT_THAT(claim(other), IsEmpty());
  clock_.wall += 1min;
  EXPECT_THAT(claim(other), IsEmpty());
  EXPECT_THAT(claim_later(acme), SizeIs(1));
}

TEST_F(OutboxTest, EveryMuteHasAnEnd) {
  auto& store = open();
  auto incident = an_incident(store);
  EXPECT_THAT(got(store.mutes().all(soon())), IsEmpty());
  incident.state = IncidentState::muted;
  got(store.incidents().update(incident, {}, soon()));
  auto mutes = got(store.mutes().all(soon()));
  ASSERT_THAT(mutes, SizeIs(1)) << "muted without saying until when";
  EXPECT_EQ(mutes[0].ends_at, clock_.wall + 1h);
  EXPECT_EQ(mutes[0].server, ServerId("orders"));
  EXPECT_EQ(mutes[0].events_last_hour, 1);
  EXPECT_FALSE(mutes[0].events_an_hour);
  const auto began = clock_.wall;
  clock_.wall += 30min;
  EXPECT_EQ(got(store.mutes().all(soon())).at(0).ends_at, began + 1h) << "it stays";
  done(store.mutes().put(incident.number, {.lasts = 2h}, soon()));
  EXPECT_EQ(got(store.mutes().all(soon())).at(0).ends_at, clock_.wall + 2h);
  done(store.mutes().put(incident.number, {.events_an_hour = 100}, soon()));
  mutes = got(store.mutes().all(soon()));
  EXPECT_EQ(mutes[0].events_an_hour, 100);
  EXPECT_EQ(mutes[0].ends_at, clock_.wall + notify::kLongestMute);
  file(store, {seen("00112233445566aa", 1, 30)});
  done(store.mutes().put(incident.number, {.until_worse = true}, soon()));
  mutes = got(store.mutes().all(soon()));
  EXPECT_EQ(mutes[0].events_an_hour, 62);
  EXPECT_EQ(mutes[0].events_last_hour, 31);
  done(store.mutes().remove(incident.number, soon()));
  EXPECT_EQ(got(store.mutes().all(soon())).at(0).ends_at, clock_.wall + 1h);
}

}  // namespace
}  // namespace selfheal::store
