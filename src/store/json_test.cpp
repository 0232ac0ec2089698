#include "store/internal/json.h"

#include <gtest/gtest.h>

#include "store/internal/described.h"

namespace selfheal::store {
namespace {

TEST(StoredJson, AStructComesBackAsItWas) {
  Diagnosis diagnosis{.cause = "x", .category = Category::lock_contention, .confidence = Confidence::likely};
  diagnosis.checks = {{"a", "b", CheckStatus::failed, "E1"}, {"c", "d", CheckStatus::unknown, ""}};
  diagnosis.retry.after_ms = 7;
  Diagnosis back;
  ASSERT_TRUE(parse_json(json::serialize(to_json(diagnosis)), "diagnosis", back));
  EXPECT_EQ(back.category, Category::lock_contention);
  EXPECT_EQ(back.confidence, Confidence::likely);
  ASSERT_EQ(back.checks.size(), 2u);
  EXPECT_EQ(back.checks[0].status, CheckStatus::failed);
  EXPECT_FALSE(back.restraint);
  EXPECT_EQ(back.retry.after_ms, 7);
}

TEST(StoredJson, WhatOlderAndNewerProgramsWroteIsRead) {
  Diagnosis diagnosis;
  EXPECT_TRUE(parse_json(R"({"cause": "x", "invented_later": [1, 2]})", "diagnosis", diagnosis));
  EXPECT_EQ(diagnosis.cause, "x");
  EXPECT_EQ(diagnosis.severity, Severity::medium) << "an absent field keeps its default";
}

TEST(StoredJson, AFieldOfTheWrongKindIsRefused) {
  for (const auto* text :
       {R"({"cause": 1})", R"({"severity": "fatal"})", R"({"checks": {}})", R"({"retry": null})",
        R"({"checks": [{"status": 3}]})", R"([])", R"("x")", R"(1)", R"({)"}) {
    Diagnosis diagnosis;
    EXPECT_FALSE(parse_json(text, "diagnosis", diagnosis)) << text;
  }
  PlanShown plan;
  EXPECT_FALSE(parse_json(R"({"expires_at": "tomorrow"})", "plan", plan));
  EXPECT_FALSE(parse_json(R"({"level": "3"})", "plan", plan));
}

TEST(StoredJson, TextsAreMadeStorable) {
  EXPECT_EQ(json::serialize(to_json(std::string("a\0\xff", 3))), "\"a\uFFFD\uFFFD\"");
}

}  // namespace
}  // namespace selfheal::store
