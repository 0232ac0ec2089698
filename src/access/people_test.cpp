#include "access/people.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>

#include "support/fake_people.h"
#include "support/loop.h"

namespace selfheal::access {
namespace {

using ::testing::ElementsAre;
using Outcome = Admission::Outcome;

class WallClock final : public Clock {
 public:
  Time now() const override { return wall; }
  Deadline::Moment steady_now() const override { return real_.steady_now(); }
  asio::awaitable<bool> sleep(Duration duration) override { return real_.sleep(duration); }
  Time wall = parse_time("2026-03-01T12:00:00Z").value_or(Time{});

 private:
  SystemClock real_;
};

class PeopleTest : public ::testing::Test {
 protected:
  void load() { ASSERT_TRUE(run(people_.load(soon()))); }
  template <class T>
  Result<T> run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  // As a request with that cookie does.
  const Person* asks(const std::string& cookie) {
    run(kept(people_, cookie, soon())).value_or(false);
    return people_.signed_in(cookie);
  }
  std::string sign_in(PersonId person) {
    const auto link = run(people_.invite(person, 1h, "root", soon()));
    const auto in = run(people_.admit(link ? link->token : "", soon()));
    return in ? in->cookie : "";
  }
  Deadline soon() const { return loop_.in(10s); }
  static Task<bool> kept(People& people, std::string cookie, Deadline deadline) {
    co_await people.keep(std::move(cookie), deadline);
    co_return true;
  }

  WallClock clock_;
  test::Loop loop_;
  test::FakePeople book_{clock_};
  People people_{book_, clock_, loop_.context().get_executor()};
};

TEST_F(PeopleTest, TheLinkOfTheFirstStartMakesOneAdministrator) {
  load();
  const auto old = people_.invite_first();
  const auto link = people_.invite_first();
  ASSERT_TRUE(old && link);
  EXPECT_EQ(people_.first_link(old->token), Outcome::unknown) << "the newest counts";
  EXPECT_EQ(people_.first_link(link->token), Outcome::admitted);
  EXPECT_EQ(run(people_.admit_first(link->token, "  ", soon())).error().code, ErrorCode::invalid_input);
  const auto ann = run(people_.admit_first(link->token, " Ann ", soon()));
  ASSERT_TRUE(ann) << ann.error().message;
  EXPECT_EQ(ann->outcome, Outcome::admitted);
  ASSERT_NE(asks(ann->cookie), nullptr);
  EXPECT_EQ(asks(ann->cookie)->name, "Ann");
  EXPECT_EQ(asks(ann->cookie)->role, Role::admin);
  EXPECT_EQ(run(people_.admit_first(link->token, "Eve", soon()))->outcome, Outcome::used);
  EXPECT_EQ(people_.invite_first(), std::nullopt);
}

TEST_F(PeopleTest, TheLinkOfTheFirstStartGetsOld) {
  load();
  const auto link = people_.invite_first();
  clock_.wall += kFirstLinkLasts + 1s;
  EXPECT_EQ(people_.first_link(link->token), Outcome::expired);
  EXPECT_EQ(run(people_.admit_first(link->token, "Ann", soon()))->outcome, Outcome::expired);
  EXPECT_TRUE(book_.everybody.empty());
}

TEST_F(PeopleTest, AreFoundByNameAndSlackUser) {
  book_.put("Ann", Role::developer, "U1");
  book_.put("Bob", Role::viewer);
  load();
  ASSERT_NE(people_.find_by_slack("U1"), nullptr);
  EXPECT_EQ(people_.find_by_slack("U1")->name, "Ann");
  EXPECT_EQ(people_.find_by_slack("U2"), nullptr);
  EXPECT_EQ(people_.find_by_slack(""), nullptr) << "nobody is linked to nothing";
  EXPECT_EQ(people_.find_by_name("bob")->name, "Bob");
  EXPECT_EQ(people_.find_by_name("Bo"), nullptr);
}

TEST_F(PeopleTest, WhatIsChangedCountsForOpenSessionsAtOnce) {
  book_.put("Root", Role::admin);
  const auto ann = book_.put("Ann", Role::developer);
  load();
  const auto cookie = sign_in(ann.id);
  EXPECT_EQ(asks(cookie)->role, Role::developer);
  ASSERT_TRUE(run(people_.change(ann.id, {.role = Role::viewer}, "Root", soon())));
  EXPECT_EQ(people_.signed_in(cookie)->role, Role::viewer);
  ASSERT_TRUE(run(people_.change(ann.id, {.disabled = true}, "Root", soon())));
  EXPECT_EQ(people_.signed_in(cookie), nullptr);
  ASSERT_TRUE(run(people_.change(ann.id, {.disabled = false}, "Root", soon())));
  EXPECT_EQ(people_.signed_in(cookie), nullptr) << "who is enabled signs in again";
  const auto again = sign_in(ann.id);
  ASSERT_TRUE(run(people_.remove(ann.id, "Root", soon())));
  EXPECT_EQ(people_.signed_in(again), nullptr);
}

TEST_F(PeopleTest, SessionsOutliveARestart) {
  const auto ann = book_.put("Ann", Role::admin);
  load();
  const auto cookie = sign_in(ann.id);
  People restarted(book_, clock_, loop_.context().get_executor());
  ASSERT_TRUE(run(restarted.load(soon())));
  ASSERT_NE(restarted.signed_in(cookie), nullptr);
  EXPECT_EQ(restarted.signed_in(cookie)->name, "Ann");
  EXPECT_EQ(restarted.signed_in("guess"), nullptr);
  EXPECT_EQ(restarted.signed_in(""), nullptr);
  ASSERT_TRUE(run(restarted.sign_out(cookie, soon())));
  EXPECT_EQ(restarted.signed_in(cookie), nullptr);
  EXPECT_TRUE(book_.open.empty());
}

TEST_F(PeopleTest, SessionsEndWhenUnusedOrOld) {
  const auto ann = book_.put("Ann", Role::admin);
  load();
  const auto cookie = sign_in(ann.id);
  const auto unused = sign_in(ann.id);
  for (auto passed = 0h; passed < kSessionLasts; passed += 24h * 5) {
    EXPECT_NE(asks(cookie), nullptr);
    clock_.wall += 24h * 5;
  }
  EXPECT_EQ(asks(unused), nullptr);
  clock_.wall += 1s;
  EXPECT_EQ(asks(cookie), nullptr);
}

TEST_F(PeopleTest, WhatAnotherProcessChangedCountsWithinAMinute) {
  const auto ann = book_.put("Ann", Role::admin);
  load();
  const auto cookie = sign_in(ann.id);
  book_.everybody.front().role = Role::viewer;
  EXPECT_EQ(asks(cookie)->role, Role::admin);
  clock_.wall += 61s;
  EXPECT_EQ(asks(cookie)->role, Role::viewer);
  const auto reads = book_.reads;
  for (int i = 0; i < 10; ++i) asks(cookie);
  EXPECT_EQ(book_.reads, reads) << "not at each request";
}

TEST_F(PeopleTest, GoOnWhileTheStoreIsAwayAndLookAgainAfterwards) {
  book_.put("Root", Role::admin);
  const auto ann = book_.put("Ann", Role::developer);
  load();
  const auto cookie = sign_in(ann.id);
  book_.down = true;
  EXPECT_EQ(run(people_.change(ann.id, {.disabled = true}, "Root", soon())).error().code,
            ErrorCode::unavailable);
  clock_.wall += 2s;
  EXPECT_NE(asks(cookie), nullptr) << "the pages stay";
  book_.down = false;
  book_.everybody.back().disabled = true;  // it was stored, but the answer was lost
  clock_.wall += 2s;
  EXPECT_EQ(asks(cookie), nullptr);
}

TEST_F(PeopleTest, WhatAPageListensToEndsWithTheRight) {
  book_.put("Root", Role::admin);
  const auto ann = book_.put("Ann", Role::developer);
  load();
  bool ended = false;
  asio::co_spawn(loop_.context(), people_.lost(ann.id, Permission::view),
                 [&](std::exception_ptr) { ended = true; });
  loop_.turn();
  ASSERT_TRUE(run(people_.change(ann.id, {.role = Role::viewer}, "Root", soon())));
  loop_.turn();
  EXPECT_FALSE(ended) << "a viewer still may";
  ASSERT_TRUE(run(people_.change(ann.id, {.disabled = true}, "Root", soon())));
  loop_.finish([&] { return ended; });
  EXPECT_TRUE(ended);
}

TEST_F(PeopleTest, RefusesWhatDoesNotFitBeforeItIsStored) {
  load();
  const auto add = [&](NewPerson person) { return run(people_.add(std::move(person), "root", soon())); };
  EXPECT_FALSE(add({.name = "", .role = Role::viewer}));
  EXPECT_FALSE(add({.name = "Ann", .role = Role::nobody}));
  EXPECT_FALSE(add({.name = "Ann", .role = Role::reporter}));
  EXPECT_FALSE(add({.name = "Ann", .role = Role::viewer, .slack_user = "@ann"}));
  EXPECT_TRUE(book_.everybody.empty());
  const auto ann = add({.name = " Ann ", .role = Role::admin, .slack_user = "U1"});
  ASSERT_TRUE(ann);
  EXPECT_EQ(run(people_.change(ann->id, {.role = Role::reporter}, "root", soon())).error().code,
            ErrorCode::invalid_input);
  EXPECT_EQ(run(people_.change(ann->id, {.slack_user = "x"}, "root", soon())).error().code,
            ErrorCode::invalid_input);
  EXPECT_EQ(run(people_.change(ann->id, {.role = Role::viewer}, "root", soon())).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(people_.all().front().role, Role::admin);
}

}  // namespace
}  // namespace selfheal::access
