#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/administration.h"
#include "contract/decision.h"
#include "contract/evidence.h"
#include "contract/json.h"
#include "contract/page.h"
#include "contract/schema.h"

namespace selfheal::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

Time some_time() { return parse_time("2026-11-25T03:40:29.120Z").value_or(Time{}); }

Incident full_incident() {
  Incident incident{.id = "SH-142",
                    .rev = 7,
                    .state = "verifying",
                    .category = "LOCK_CONTENTION",
                    .checks = {{"only_root", "…", "passed", "E1"}},
                    .events = 37,
                    .first_seen = some_time(),
                    .last_seen = some_time()};
  incident.blocking = Blocking{.nodes = {{.pid = 4121, .xact_start = some_time(), .root = true}},
                               .edges = {{.waiter = 4177, .blocker = 4121}}};
  incident.remedy = Remedy{.plan_id = "p", .expires_at = some_time(), .statements = {"SELECT 1"}, .level = 2};
  incident.verdict = "cured";
  incident.timeline = {{some_time(), "filed", "Filed."}};
  return incident;
}

template <class T>
void expect_same_after_a_journey(const T& value) {
  const auto text = to_text(to_json(value));
  const auto back = from_text<T>(text, Reading::strict);
  EXPECT_THAT(back.problems, IsEmpty()) << text;
  EXPECT_EQ(to_text(to_json(back.value)), text);
}

TEST(Contract, ComesBackAsItWas) {
  expect_same_after_a_journey(full_incident());
  expect_same_after_a_journey(Incident{});
  expect_same_after_a_journey(Page<Incident>{.items = {full_incident()}, .next_cursor = "n12"});
  expect_same_after_a_journey(EvidenceView{.took_s = 0.412, .columns = {"a"}, .rows = {{"x", std::nullopt}}});
  expect_same_after_a_journey(
      PolicyView{.modes = {{"terminate_session", "auto"}}, .values = {{"a.b_s", 2.5}}});
  expect_same_after_a_journey(Readiness{.servers = {{.name = "orders"}}, .incidents = {{"open", 3}}});
}

TEST(Contract, WritesTimesInUtcAndAbsenceAsNull) {
  const auto text = to_text(to_json(TimelineEntry{some_time(), "filed", ""}));
  EXPECT_EQ(text, R"({"at":"2026-11-25T03:40:29.120Z","what":"filed","text":""})");
  EXPECT_THAT(to_text(to_json(Incident{})), HasSubstr(R"("remedy":null)"));
}

struct Refused {
  std::string_view body;
  FieldProblem first;
};

TEST(Contract, NamesThePlaceOfEachProblem) {
  const Refused cases[] = {
      {"", {"", "is not JSON: incomplete JSON at byte 0"}},
      {"{\"message\": \"a\"} x", {"", "is not JSON: extra data at byte 17"}},
      {"[]", {"", "must be an object"}},
      {"{}", {"/message", "is missing"}},
      {R"({"message": null})", {"/message", "is missing"}},
      {R"({"message": 5})", {"/message", "must be a text"}},
      {R"({"message": "a\u0000b"})", {"/message", "must not hold a NUL"}},
      {R"({"message": "a", "pid": 5000000000})", {"/pid", "must be a whole number of 32 bits"}},
      {R"({"message": "a", "pid": 1.5})", {"/pid", "must be a whole number of 32 bits"}},
      {R"({"message": "a", "occurred_at": "yesterday"})",
       {"/occurred_at", "must be a time such as 2026-11-25T03:40:29.120Z"}},
  };
  for (const auto& c : cases) {
    const auto parsed = from_text<ErrorReport>(c.body, Reading::strict);
    ASSERT_FALSE(parsed.problems.empty()) << c.body;
    EXPECT_EQ(parsed.problems[0].pointer, c.first.pointer) << c.body;
    EXPECT_EQ(parsed.problems[0].detail, c.first.detail) << c.body;
  }
}

TEST(Contract, FindsAllProblemsAndEscapesPointers) {
  const auto parsed =
      from_text<PolicyEdit>(R"({"values": {"a/b~c": "x"}, "modes": [], "sever": "a"})", Reading::strict);
  ASSERT_EQ(parsed.problems.size(), 3u);
  EXPECT_EQ(parsed.problems[0].pointer, "/sever");
  EXPECT_THAT(parsed.problems[0].detail, HasSubstr("known are server, default_mode, modes, values"));
  EXPECT_EQ(parsed.problems[1], (FieldProblem{"/modes", "must be an object"}));
  EXPECT_EQ(parsed.problems[2], (FieldProblem{"/values/a~1b~0c", "must be a number"}));
}

TEST(Contract, RefusesNumbersThatAreInfinite) {
  const auto parsed = from_text<PolicyEdit>(R"({"values": {"a": 1e350}})", Reading::strict);
  ASSERT_EQ(parsed.problems.size(), 1u);
  EXPECT_EQ(parsed.problems[0], (FieldProblem{"/values/a", "must be a number"}));
}

TEST(Contract, DoesNotRepeatNamesThatCouldBeData) {
  const auto parsed = from_text<Resume>(R"({"ann@example.com": 1})", Reading::strict);
  ASSERT_EQ(parsed.problems.size(), 1u);
  EXPECT_EQ(parsed.problems[0].pointer, "");
}

TEST(Contract, StopsCountingProblems) {
  std::string body = "[";
  for (int i = 0; i < 1000; ++i) body += "1,";
  body += "1]";
  EXPECT_EQ(from_text<std::vector<std::string>>(body, Reading::strict).problems.size(), 20u);
}

TEST(Contract, ReadsAnswersOfAnotherVersion) {
  const auto parsed = from_text<Version>(R"({"name": "selfheal", "colour": "blue"})", Reading::lenient);
  EXPECT_THAT(parsed.problems, IsEmpty());
  EXPECT_EQ(parsed.value.name, "selfheal");
  EXPECT_EQ(from_text<Version>(R"({"name": "selfheal", "colour": "blue"})", Reading::strict).problems.size(),
            1u);
}

TEST(Contract, RefusesDeepNesting) {
  const auto deep = std::string(100, '[') + std::string(100, ']');
  EXPECT_FALSE(parse_json(deep).has_value());
}

TEST(Schema, DescribesStructsByReference) {
  Schemas schemas;
  EXPECT_EQ(to_text(schemas.of<Page<Incident>>()), R"({"$ref":"#/components/schemas/IncidentPage"})");
  const auto& page = schemas.components().at("IncidentPage").as_object();
  EXPECT_EQ(
      to_text(page.at("properties")),
      R"({"items":{"type":"array","items":{"$ref":"#/components/schemas/Incident"}},"next_cursor":{"anyOf":[{"type":"string"},{"type":"null"}]}})");
  EXPECT_EQ(to_text(page.at("required")), R"(["items","next_cursor"])");
  EXPECT_TRUE(schemas.components().contains("BlockingEdge"));
}

TEST(Schema, RequiresOfRequestsWhatTheyMustHave) {
  Schemas schemas;
  schemas.of<ErrorReport>();
  schemas.of<PolicyEdit>();
  EXPECT_EQ(to_text(schemas.components().at("ErrorReport").at("required")), R"(["message"])");
  EXPECT_EQ(to_text(schemas.components().at("PolicyEdit").at("required")), "[]");
}

}  // namespace
}  // namespace selfheal::contract
