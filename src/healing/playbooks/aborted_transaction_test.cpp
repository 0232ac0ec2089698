#include <gtest/gtest.h>

#include "healing/playbooks/playbook.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

Case aborted(std::vector<std::vector<test::Cell>> rows) {
  return test::case_of(
      "25P02", {test::answered("session_errors", {"at", "sqlstate", "condition", "transience", "incident"},
                               std::move(rows))});
}

Diagnosis diagnosed(const Case& facts) {
  const auto diagnosis = find_playbook("aborted_transaction_symptom")->diagnose(facts);
  EXPECT_TRUE(diagnosis && *diagnosis);
  return diagnosis && *diagnosis ? **diagnosis : Diagnosis{};
}

TEST(AbortedTransaction, PointsAtTheFirstErrorOfTheSession) {
  const auto facts = aborted({{"2026-11-25 02:59:59+00", "22012", "division_by_zero", "no", "12"}});
  const auto diagnosis = diagnosed(facts);
  EXPECT_EQ(diagnosis.confidence, Confidence::confirmed);
  EXPECT_EQ(diagnosis.culprit.name, "SH-12");
  ASSERT_TRUE(diagnosis.restraint);
  EXPECT_NE(diagnosis.restraint->reason.find("division_by_zero (22012), SH-12"), std::string::npos);
  EXPECT_FALSE(diagnosis.retry.safe) << "it would fail again";
  const auto remedies = find_playbook("aborted_transaction_symptom")->propose(diagnosis, facts);
  ASSERT_TRUE(remedies);
  EXPECT_TRUE(remedies->empty());
}

TEST(AbortedTransaction, MayBeRepeatedAsAWholeWhenTheFirstErrorMayPass) {
  const auto diagnosis =
      diagnosed(aborted({{"2026-11-25 02:59:59+00", "40001", "serialization_failure", "yes", "12"}}));
  EXPECT_TRUE(diagnosis.retry.safe);
  EXPECT_EQ(diagnosis.retry.scope, "transaction");
}

TEST(AbortedTransaction, IsOnlyLikelyWhenTheFirstErrorIsNotKnown) {
  const auto diagnosis = diagnosed(aborted({}));
  EXPECT_EQ(diagnosis.confidence, Confidence::likely);
  ASSERT_TRUE(diagnosis.restraint);
  EXPECT_EQ(diagnosis.restraint->kind, Restraint::Kind::never);
  // Of two incidents with its code none is named.
  EXPECT_EQ(diagnosed(aborted({{"2026-11-25 02:59:59+00", "22012", {}, {}, {}}})).culprit.name,
            "after 22012");
}

TEST(AbortedTransaction, AStoreThatCouldNotBeAskedIsNotASessionWithoutErrors) {
  const auto facts = test::case_of("25P02", {test::failed("session_errors")});
  EXPECT_FALSE(find_playbook("aborted_transaction_symptom")->diagnose(facts));
}

}  // namespace
}  // namespace selfheal::healing
