// Explanations over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "api/internal/views.h"
#include "contract/json.h"
#include "support/running_api.h"
#include "support/waiting_incident.h"

namespace selfheal::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Explained : testing::Test {
  Explained() { running.book.files[IncidentNumber(142)] = test::waiting_incident(SystemClock().now()); }
  contract::Explanation read(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    auto parsed = contract::from_text<contract::Explanation>(response.body, contract::Reading::strict);
    EXPECT_TRUE(parsed.problems.empty()) << response.body;
    return parsed.value;
  }
  test::RunningApi running;
};

TEST_F(Explained, InSectionsWithEvidence) {
  const auto response = running.get("/api/v1/incidents/SH-142/explanation");
  const auto explanation = read(response);
  EXPECT_EQ(explanation.incident, "SH-142");
  EXPECT_EQ(explanation.expert, "an expert for locks");
  EXPECT_EQ(explanation.worded_by, "templates");
  EXPECT_EQ(explanation.notice, "");
  ASSERT_GE(explanation.sections.size(), 4u);
  EXPECT_EQ(explanation.sections[0].name, "happened");
  EXPECT_EQ(explanation.sections[0].title, "What happened");
  for (const auto& section : explanation.sections)
    for (const auto& sentence : section.sentences) {
      EXPECT_TRUE(sentence.evidence_id.starts_with("E") || sentence.evidence_id.starts_with("K:"))
          << sentence.text;
      EXPECT_TRUE(sentence.proven);
    }
  EXPECT_THAT(response.body, Not(HasSubstr("ann@example.com")));
}

TEST_F(Explained, WithoutAModelAskingForItsWordsSaysSo) {
  const auto explanation =
      read(running.send({.method = "POST", .target = "/api/v1/incidents/142/explanation"}));
  EXPECT_EQ(explanation.worded_by, "templates");
  EXPECT_EQ(explanation.notice, "no language model is set up");
  EXPECT_FALSE(explanation.sections.empty());
}

TEST_F(Explained, OfAnIncidentThatIsNotThereIsNotFound) {
  EXPECT_EQ(running.get("/api/v1/incidents/999/explanation").status, 404);
  EXPECT_EQ(running.send({.method = "POST", .target = "/api/v1/incidents/999/explanation"}).status, 404);
}

TEST(ExplanationView, MarksWhatNothingSupports) {
  assistant::Explanation explanation{.expert = assistant::expert_for(Category::lock_contention),
                                     .sentences = {{.section = assistant::Section::prevent,
                                                    .text = pg::redact_own_text("Use a timeout."),
                                                    .source = {},
                                                    .is_proven = false}},
                                     .names = {},
                                     .fingerprint = {},
                                     .worded_by = "gpt-test",
                                     .is_cached = true,
                                     .notice = {}};
  const auto view = view_of(explanation, IncidentNumber(1));
  ASSERT_EQ(view.sections.size(), 1u);
  EXPECT_EQ(view.sections[0].title, "So that it does not come back");
  EXPECT_FALSE(view.sections[0].sentences[0].proven);
  EXPECT_EQ(view.sections[0].sentences[0].evidence_id, "");
  EXPECT_EQ(view.worded_by, "gpt-test");
  EXPECT_TRUE(view.cached);
}

}  // namespace
}  // namespace selfheal::api
