// Who holds up whom, in evidence and in what a model says of it.
#include "assistant/internal/direction.h"

#include <gtest/gtest.h>

#include "assistant/internal/claims.h"

namespace selfheal::assistant::internal {
namespace {

// 12 holds up 13, 13 holds up 14.
constexpr const char* kTree =
    "{waiting_sessions: 2, roots: [\n {pid: 12, application: \"billing\", victims: 2}], waits: [\n {waiter: "
    "13, "
    "blocker: 12, waiting_s: 4}\n {waiter: 14, blocker: 13, waiting_s: 2}]}";
constexpr const char* kRows =
    "{rows: [ \"waiter_pid=14; waiter_start=2026-11-25; waiter_application=shop-web; blocker_pid=12; "
    "blocker_application=batch-7; \"]}";

TEST(Direction, IsReadFromRecords) {
  EXPECT_EQ(holds_in_records(kTree), (std::vector<Hold>{{"12", "13"}, {"13", "14"}}));
  EXPECT_EQ(holds_in_records(kRows), (std::vector<Hold>{{"12", "14"}, {"batch-7", "shop-web"}}));
  EXPECT_TRUE(holds_in_records("{waiter: 13}{blocker: 12}").empty());
  EXPECT_TRUE(holds_in_records("").empty());
}

TEST(Direction, WhatEvidenceSaysIsNoTurn) {
  const auto known = holds_in_records(kTree);
  for (const auto* sentence :
       {"Session 12 blocks session 13.", "13 waits for 12.", "Session 13 is blocked by session 12.",
        "12 holds up 14.", "Session 14 is stuck behind 12.", "14 waits for 13; 13 waits for 12.",
        "Session 13 does not block 12.", "Session 99 blocks session 12.", "Session 12 is idle.",
        "13 is held up by 12."})
    EXPECT_FALSE(turns_around(sentence, known)) << sentence;
}

TEST(Direction, TheOppositeIsATurn) {
  const auto known = holds_in_records(kTree);
  for (const auto* sentence :
       {"Session 13 blocks session 12.", "12 waits for 13.", "Session 12 is blocked by session 13.",
        "14 holds up 12.", "Session 12 is stuck behind 14.", "14 waits for 13; 12 waits for 13.",
        "13 blocks 14 and 12 is held up by 14."})
    EXPECT_TRUE(turns_around(sentence, known)) << sentence;
  EXPECT_TRUE(turns_around("shop-web blocks batch-7.", holds_in_records(kRows)));
  EXPECT_FALSE(turns_around("batch-7 blocks shop-web.", holds_in_records(kRows)));
}

TEST(Direction, OfACircleNothingIsATurn) {
  const auto known = holds_in_records("{waiter: 1, blocker: 2}{waiter: 2, blocker: 1}");
  EXPECT_FALSE(turns_around("1 blocks 2.", known));
  EXPECT_FALSE(turns_around("2 blocks 1.", known));
}

TEST(Direction, AClaimTheOtherWayRoundIsNotProven) {
  Given given;
  given.add(kTree, {"Q1"});
  EXPECT_TRUE(given.supports("Session 12 blocks session 13 [Q1].", {"Q1"}));
  EXPECT_FALSE(given.supports("Session 13 blocks session 12 [Q1].", {"Q1"}));
}

}  // namespace
}  // namespace selfheal::assistant::internal
