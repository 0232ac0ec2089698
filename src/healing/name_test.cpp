#include "healing/name.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace selfheal::healing {
namespace {

ErrorEvent error(std::string session, std::string sqlstate, std::string statement = {}) {
  return {
      .key = {{}, std::move(session), 1}, .sqlstate = std::move(sqlstate), .statement = std::move(statement)};
}

TEST(LogNames, NamesAFailedTransactionByTheErrorOfItsSession) {
  LogNames names;
  names.sighting_of(error("a", "22012"));
  names.sighting_of(error("b", "22P02"));
  const auto one = names.sighting_of(error("a", "25P02", "SELECT 1"));
  const auto two = names.sighting_of(error("a", "25P02", "SELECT x FROM y"));
  const auto other = names.sighting_of(error("b", "25P02", "SELECT 1"));
  EXPECT_EQ(one.name.family, "v1|25P02");
  EXPECT_EQ(one.name.fingerprint, two.name.fingerprint);
  EXPECT_NE(one.name.fingerprint, other.name.fingerprint);
  EXPECT_EQ(one.error_class.why, "a symptom of 22012, which its session reported before");
  EXPECT_EQ(one.error_class.category, Category::none) << "no incident of its own";
  EXPECT_FALSE(one.error_class.auto_fixable);
}

// The title of a symptom showed the name of an index that could not be built.
TEST(LogNames, ASymptomSaysNoNameOfItsCause) {
  LogNames names;
  auto cause = error("a", "23505");
  cause.message = "could not create unique index \"kim_doe\"";
  const auto first = names.sighting_of(std::move(cause));
  EXPECT_TRUE(first.name.family.contains("kim_doe"));
  const auto symptom = names.sighting_of(error("a", "25P02", "SELECT 1"));
  EXPECT_EQ(symptom.error_class.why, "a symptom of 23505, which its session reported before");
}

TEST(LogNames, ABorrowedCodeIsTheApplicationsOwn) {
  LogNames names;
  names.sighting_of(error("a", "22012"));
  auto raised = error("a", "25P02");
  raised.routine = "exec_stmt_raise";
  EXPECT_EQ(names.sighting_of(std::move(raised)).error_class.category, Category::application_raised);
}

TEST(LogNames, CallsItASymptomWhenTheErrorIsNotKnown) {
  LogNames names;
  const auto unknown = names.sighting_of(error("a", "25P02"));
  EXPECT_EQ(unknown.error_class.severity, Severity::low);
  EXPECT_TRUE(unknown.error_class.why.contains("symptom"));
  EXPECT_EQ(names.sighting_of(error("", "25P02")).name.fingerprint, unknown.name.fingerprint);
}

TEST(LogNames, ForgetsAndKeepsTheYoungest) {
  LogNames names;
  const auto unknown = names.sighting_of(error("s0", "25P02")).name.fingerprint;
  for (int i = 0; i < 10'000; ++i) names.sighting_of(error(fmt::format("s{}", i), "22012"));
  EXPECT_EQ(names.sighting_of(error("s0", "25P02")).name.fingerprint, unknown);
  EXPECT_NE(names.sighting_of(error("s9999", "25P02")).name.fingerprint, unknown);
}

}  // namespace
}  // namespace selfheal::healing
