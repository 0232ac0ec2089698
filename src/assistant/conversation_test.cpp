// Answers without a model: what is said to whom, with which proof, and what never happens.
#include "assistant/conversation.h"

#include <gmock/gmock.h>

#include "support/fake_world.h"
#include "support/loop.h"

namespace selfheal::assistant {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Answers : public ::testing::Test {
 protected:
  Answers() { test::furnish(world_, clock_.now()); }

  // The text of the answer.
  std::string ask(std::string question) {
    events_.clear();
    Conversation conversation({.world = world_, .usage = usage_, .model = nullptr, .clock = clock_}, {});
    const auto turn = loop_.run(conversation.answer(
        {.run = "r1", .text = std::move(question), .about = about_}, asker_,
        [this](RunEvent event) { events_.push_back(std::move(event)); }, clock_.deadline_in(20s)));
    EXPECT_TRUE(turn.has_value()) << (turn ? "" : turn.error().message);
    return turn ? turn->text : "";
  }
  template <class Event>
  std::vector<Event> told() const {
    std::vector<Event> found;
    for (const auto& event : events_)
      if (const auto* one = std::get_if<Event>(&event)) found.push_back(*one);
    return found;
  }

  SystemClock clock_;
  test::Loop loop_;
  test::FakeWorld world_;
  test::FakeUsage usage_;
  Asker asker_{.name = "ann", .may_view = true, .may_operate = true};
  std::optional<IncidentNumber> about_;
  std::vector<RunEvent> events_;
};

struct Expectation {
  std::string question;
  std::vector<std::string> holds;
};

TEST_F(Answers, SayWhatTheToolsFound) {
  const std::vector<Expectation> cases{
      {"what is wrong now?", {"SH-7", "awaiting_approval", "The sequence of employee", "[SH-7]"}},
      {"why did it fail", {"What happened", "The sequence gives numbers that are taken.", "[SH-7/E1]"}},
      {"why do updates of invoice fail", {"What happened"}},
      {"who blocks whom", {"Nobody waits for a lock now [Q1]"}},
      {"slowest queries", {"CREATE EXTENSION pg_stat_statements"}},
      {"is it getting worse", {"In the last 24 hours, 2 incidents", "[Q1]"}},
      {"what did you do", {"terminate_session on session 4121 for SH-6", "cured"}},
      {"how do I fix SQLSTATE 23505", {"[K:", "How to fix it", "It happened here: SH-7 [Q2]"}},
      {"how many employees are there", {"public.employee has 42 rows [Q1]"}},
      {"show me the employees", {"canary-alice@example.com", "NULL"}},
      {"how many orders", {"Several tables fit: audit.orders, public.orders"}},
      {"how many giraffes", {"I did not understand", "giraffes"}},
      {"which tables are there", {"public.employee", "about 42 rows"}},
      {"which servers do you watch", {"shop is up, PostgreSQL 15.14"}},
      {"did this happen before", {"SH-3", "advance_sequence helped 2 of 2 times"}},
      {"show me the evidence for SH-7", {"unique_key answered", "last_value=41", "[SH-7/E1]"}},
      {"help", {"Who blocks whom?"}},
      {"what is the capital of Norway", {"I did not understand", "What is wrong now?"}},
      {"how big is the database", {"The database takes 100 MB [Q1]"}},
  };
  for (const auto& one : cases) {
    const auto answer = ask(one.question);
    for (const auto& part : one.holds) EXPECT_THAT(answer, HasSubstr(part)) << one.question;
  }
}

TEST_F(Answers, RunTypedSqlThroughTheGateAndExplainItsRefusal) {
  EXPECT_THAT(ask("select email from employee"),
              AllOf(HasSubstr("1 row [Q1]"), HasSubstr("canary-alice@example.com")));
  EXPECT_EQ(world_.ran, std::vector<std::string>{"select email from employee"});
  EXPECT_THAT(ask("DROP TABLE employee;"),
              AllOf(HasSubstr("It was not run"), HasSubstr("Allowed is one SELECT")));
  EXPECT_EQ(told<ToolBegan>().front().sql, "DROP TABLE employee;");
}

TEST_F(Answers, SayWhoseRightsTheSqlHad) {
  world_.answers.insert(world_.answers.begin(), {"select 1", test::rows_of({"a"}, {{"1"}})});
  EXPECT_THAT(ask("select 1"), Not(HasSubstr("Note:")));
  world_.answers.front().second.notice = "SQL runs here as the observing role";
  EXPECT_THAT(ask("select 1"), HasSubstr("Note: SQL runs here as the observing role"));
}

TEST_F(Answers, LeaveOutWhatIsSettled) {
  for (const auto state : {IncidentState::refused, IncidentState::muted}) {
    world_.all.front().incident.state = state;
    EXPECT_THAT(ask("what is wrong now?"), AllOf(HasSubstr("Nothing is wrong"), Not(HasSubstr("SH-7 on"))));
  }
}

TEST_F(Answers, TellTreatmentsOfThisWeekAndServerAlone) {
  auto& treatments = world_.all.back().treatments;
  auto other = treatments.front();
  other.target = "session 9999";
  other.acted_at = clock_.now() - 8 * 24h;
  treatments.push_back(other);
  other.acted_at.reset();
  treatments.push_back(other);
  other.acted_at = clock_.now();
  other.server = ServerId("elsewhere");
  treatments.push_back(other);
  EXPECT_THAT(ask("what did you do"), AllOf(HasSubstr("session 4121"), Not(HasSubstr("session 9999"))));
  treatments.resize(1);
  for (int i = 0; i < 11; ++i) treatments.push_back(treatments.front());
  EXPECT_THAT(ask("what did you do"), HasSubstr("… and 2 more."));
}

TEST_F(Answers, ProposeAndNeverAct) {
  EXPECT_THAT(ask("please fix SH-7"), AllOf(HasSubstr("Nothing was run"), HasSubstr("setval")));
  EXPECT_EQ(world_.proposed, std::vector<IncidentNumber>{IncidentNumber(7)});
  EXPECT_THAT(ask("delete all employees"), HasSubstr("I change nothing"));
  EXPECT_THAT(ask("drop the invoice table"), HasSubstr("I change nothing"));
  EXPECT_THAT(world_.ran, Not(::testing::Contains(HasSubstr("DROP"))));
}

TEST_F(Answers, LackARightAndSaySo) {
  asker_.may_operate = false;
  EXPECT_THAT(ask("how many employees are there"), HasSubstr("lacks the right"));
  EXPECT_THAT(ask("fix SH-7"), HasSubstr("lacks the right"));
  EXPECT_THAT(world_.proposed, IsEmpty());
}

TEST_F(Answers, CiteOnlyWhatWasGathered) {
  ask("why did SH-7 happen");
  std::vector<std::string> cited;
  for (const auto& citation : told<Citation>()) cited.push_back(citation.evidence_id);
  EXPECT_THAT(cited, ::testing::Contains("SH-7/E1"));
  for (const auto& token : told<Token>()) EXPECT_TRUE(token.is_proven) << token.text;
}

TEST_F(Answers, ShowNoLinkThatATableOrMessageHolds) {
  world_.all.front().incident.diagnosis->title = "see https://evil.example/x and ![i](//evil.example/y)";
  EXPECT_THAT(ask("what is wrong now?"), AllOf(Not(HasSubstr("evil.example")), HasSubstr("‹link removed›")));
}

TEST_F(Answers, RefuseWhatIsNoQuestion) {
  Conversation conversation({.world = world_, .usage = usage_, .model = nullptr, .clock = clock_}, {});
  for (const auto& text : {std::string("  \n"), std::string(kQuestionBytes + 1, 'x')}) {
    const auto turn = loop_.run(
        conversation.answer({.run = "r", .text = text}, asker_, [](RunEvent) {}, clock_.deadline_in(1s)));
    EXPECT_EQ(turn.error().code, ErrorCode::invalid_input);
  }
}

}  // namespace
}  // namespace selfheal::assistant
