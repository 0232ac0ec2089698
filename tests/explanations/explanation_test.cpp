// Explanations of incidents that a real server had, in every state, with evidence and without.
#include "assistant/explanation.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "explanations/recorded.h"
#include "healing/playbooks/playbook.h"
#include "healing/taxonomy/taxonomy.h"
#include "knowledge/knowledge.h"
#include "pg/message_template.h"
#include "support/cases.h"

namespace selfheal::assistant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr IncidentState kStates[] = {
    IncidentState::open,     IncidentState::diagnosing, IncidentState::awaiting_approval,
    IncidentState::applying, IncidentState::verifying,  IncidentState::healed,
    IncidentState::failed,   IncidentState::resolved,   IncidentState::muted,
    IncidentState::reopened, IncidentState::refused};

std::string all_of(const Explanation& explanation) {
  std::string text;
  for (const auto& sentence : explanation.sentences)
    text += fmt::format("{} {} [{}]\n", to_word(sentence.section), sentence.text.text(), sentence.source);
  return text;
}

// What must hold of every explanation.
void expect_sound(const IncidentDetails& details, const std::string& what) {
  const auto explanation = explain(details, details.incident.last_seen + 5s);
  std::set<std::string> ids;
  for (const auto& item : details.evidence.items) ids.insert(item.id);
  EXPECT_FALSE(explanation.sentences.empty()) << what;
  auto section = Section::happened;
  for (const auto& sentence : explanation.sentences) {
    const auto& text = sentence.text.text();
    const auto where = fmt::format("{}: {} [{}]", what, text, sentence.source);
    if (sentence.source.starts_with("K:")) {
      EXPECT_NE(knowledge::runbook_named(sentence.source.substr(2)), nullptr) << where;
    } else if (ids.empty()) {
      EXPECT_EQ(sentence.source, to_text(details.incident.number)) << where;
    } else {
      EXPECT_TRUE(ids.contains(sentence.source)) << where;
    }
    EXPECT_FALSE(text.empty()) << where;
    EXPECT_NE(text, pg::kWithheld) << where;
    EXPECT_GE(sentence.section, section) << where;
    section = sentence.section;
    if (!sentence.is_fixed) {
      EXPECT_NE(text.back(), ' ') << where;
      EXPECT_FALSE(text.ends_with("..") && !text.ends_with("...")) << where;
      EXPECT_THAT(text, Not(HasSubstr(": ."))) << where;
    }
    const bool claims = text.contains("is healed") || text.contains("the trouble is gone");
    EXPECT_TRUE(!claims || details.incident.state == IncidentState::healed) << where;
  }
}

TEST(Explanation, OfEachPlaybookIsTiedToItsEvidence) {
  std::set<std::string> causes;
  for (const auto& details : test::recorded_incidents()) {
    expect_sound(details, to_text(details.incident.number));
    if (details.incident.diagnosis) causes.insert(details.incident.diagnosis->playbook);
    for (const auto& sentence : explain(details, details.incident.last_seen).sentences)
      EXPECT_TRUE(sentence.is_proven);
  }
  for (const auto* playbook : healing::catalogue())
    EXPECT_TRUE(causes.contains(playbook->name)) << playbook->name;
}

TEST(Explanation, HoldsInEveryState) {
  for (auto details : test::recorded_incidents())
    for (const auto state : kStates) {
      details.incident.state = state;
      expect_sound(details, fmt::format("{} {}", to_text(details.incident.number), to_word(state)));
    }
}

// The evidence of a cause is gone, or could not be read: what it said is not said.
TEST(Explanation, SaysNothingOfEvidenceThatIsNotThere) {
  for (const auto& whole : test::recorded_incidents())
    for (std::size_t gone = 0; gone < whole.evidence.items.size(); ++gone) {
      auto details = whole;
      details.incident.state = IncidentState::open;
      const auto id = details.evidence.items[gone].id;
      details.evidence.items.erase(details.evidence.items.begin() + static_cast<std::ptrdiff_t>(gone));
      expect_sound(details, to_text(details.incident.number) + " without " + id);
      for (const auto& sentence : explain(details, details.incident.last_seen).sentences)
        EXPECT_NE(sentence.source, id);
    }
}

TEST(Explanation, WithoutEvidenceClaimsNoneOfIt) {
  for (auto details : test::recorded_incidents()) {
    details.incident.state = IncidentState::open;
    details.evidence.items.clear();
    expect_sound(details, to_text(details.incident.number));
    if (!details.incident.diagnosis) continue;
    for (const auto& sentence : explain(details, details.incident.last_seen).sentences) {
      if (sentence.section != Section::why) continue;
      const auto& said = details.incident.diagnosis->explanation;
      const bool cited = std::ranges::any_of(said, [&](const auto& s) {
        return !s.evidence_id.empty() && sentence.text.text().contains(s.text.substr(1, 20));
      });
      EXPECT_TRUE(!cited || !sentence.is_proven) << sentence.text.text();
    }
  }
}

// Cells that hold the application's data, or may hold anything.
TEST(Explanation, HoldsNoCellOfTheApplications) {
  const std::set<std::string> texts{"message",     "detail",     "hint",           "context",
                                    "statement",   "query",      "last_statement", "internal_query",
                                    "client_host", "definition", "bounds",         "unheard_of"};
  for (auto details : test::recorded_incidents()) {
    for (auto& item : details.evidence.items) {
      item.columns.emplace_back("unheard_of");
      for (auto& row : item.rows) {
        row.resize(item.columns.size() - 1);
        row.emplace_back("canary");
        for (std::size_t i = 0; i < item.columns.size(); ++i)
          if (texts.contains(item.columns[i])) row[i] = "Canary Q7x 4929123412341234 canary@example.com";
      }
    }
    for (const auto state : kStates) {
      details.incident.state = state;
      const auto text = all_of(explain(details, details.incident.last_seen));
      for (const auto* canary : {"anary", "Q7x", "4929", "example.com"})
        EXPECT_THAT(text, Not(HasSubstr(canary))) << to_text(details.incident.number);
    }
  }
}

// Cells may be missing, or of the wrong kind.
TEST(Explanation, ReadsWhateverCellsThereAre) {
  for (const auto& whole : test::recorded_incidents())
    for (const auto& cell : {test::Cell(), test::Cell(""), test::Cell("-9223372036854775808"),
                             test::Cell("9223372036854775807"), test::Cell("x"), test::Cell("0")}) {
      auto details = whole;
      details.incident.state = IncidentState::open;
      for (auto& item : details.evidence.items)
        for (auto& row : item.rows) std::ranges::fill(row, cell);
      expect_sound(details, to_text(details.incident.number));
    }
}

std::vector<std::string> every_sqlstate() {
  std::set<std::string> codes;
  for (const auto& message : pg::message_templates())
    if (!message.sqlstate.empty()) codes.emplace(message.sqlstate);
  for (const auto& runbook : knowledge::runbooks())
    for (const auto code : runbook.sqlstates)
      codes.insert(code.size() == 5 ? std::string(code) : std::string(code) + "000");
  codes.insert({"", "ZZ999", "P0001"});
  return {codes.begin(), codes.end()};
}

// What no playbook recognises is explained as far as its code goes, and not further.
TEST(Explanation, OfEachCodeWithoutADiagnosis) {
  int known = 0;
  const auto codes = every_sqlstate();
  EXPECT_GT(codes.size(), 150u);
  for (const auto& code : codes) {
    IncidentDetails details{
        .incident = test::case_of(code, {}).incident, .timeline = {}, .evidence = {}, .treatments = {}};
    auto& incident = details.incident;
    incident.sqlstate = code;
    incident.error_class = healing::classify({.sqlstate = code});
    incident.events = 1;
    incident.first_seen = incident.last_seen = test::kNow;
    expect_sound(details, code);
    details.evidence.items = {test::answered("error_event", {"sqlstate"}, {{code}})};
    incident.diagnosis =
        Diagnosis{.title = incident.error_class.why, .category = incident.error_class.category};
    incident.diagnosis->explanation.push_back({"No playbook answers to this kind of error.", {}});
    expect_sound(details, code);
    const auto text = all_of(explain(details, test::kNow));
    EXPECT_THAT(text, HasSubstr("The cause was not found.")) << code;
    EXPECT_THAT(text, Not(HasSubstr("confirmed"))) << code;
    known += text.contains("[K:") ? 1 : 0;
  }
  EXPECT_GT(known, 0);
}

TEST(Explanation, NeedsNoDiagnosisAndNoKnowledge) {
  IncidentDetails details;
  details.incident.number = IncidentNumber(7);
  details.incident.server = ServerId("s");
  expect_sound(details, "empty");
}

TEST(Explanation, EachCategoryHasItsExpert) {
  std::set<std::string_view> titles;
  for (int i = 0; i <= static_cast<int>(Category::unknown); ++i) {
    const auto expert = expert_for(static_cast<Category>(i));
    EXPECT_FALSE(expert.looks_first.empty());
    titles.insert(expert.title);
  }
  EXPECT_GE(titles.size(), 9u);
}

// docs/explanations.md shows three of them as they are; what runbooks say in them changes with the runbooks.
TEST(Explanation, ReadsAsTheDocumentShows) {
  const char* root = std::getenv("SELFHEAL_SOURCE_DIR");
  std::ifstream in(std::string(root ? root : ".") + "/docs/explanations.md");
  const std::string document{std::istreambuf_iterator<char>(in), {}};
  for (const auto& details : test::recorded_incidents()) {
    const auto number = to_text(details.incident.number);
    if (!document.contains("## " + number + ":")) continue;
    for (const auto& sentence : explain(details, details.incident.last_seen + 5s).sentences)
      if (!sentence.source.starts_with("K:"))
        EXPECT_THAT(document, HasSubstr(fmt::format("{}  [{}]\n", sentence.text.text(), sentence.source)))
            << number;
  }
  EXPECT_THAT(document, HasSubstr("## SH-5:"));
}

// --- What comes in ten minutes is reckoned from figures.

IncidentDetails waiting(int now_waiting) {
  auto incidents = test::recorded_incidents();
  auto details = *std::ranges::find_if(incidents, [](const auto& each) {
    return each.incident.diagnosis && each.incident.diagnosis->playbook == "idle_in_transaction_blocker";
  });
  details.incident.state = IncidentState::awaiting_approval;
  details.incident.events = 31;
  details.incident.first_seen = test::kNow - 5min;
  details.incident.last_seen = test::kNow;
  std::vector<std::vector<test::Cell>> live;
  for (int i = 0; i < now_waiting; ++i) live.push_back({std::to_string(100 + i)});
  const auto second = [](int s) { return to_timestamptz(test::kNow - Duration(s * 1'000'000LL)); };
  details.evidence.items = {test::answered("error_event", {"sqlstate"}, {{"55P03"}}),
                            test::answered("flight_recorder", {"at", "waiter_pid", "waiting_since"},
                                           {{second(40), "100", second(120)},
                                            {second(1), "100", second(120)},
                                            {second(1), "101", second(20)}}),
                            test::answered("blocking_chain", {"waiter_pid"}, live)};
  return details;
}

std::string outlook(const IncidentDetails& details) {
  std::string text;
  for (const auto& sentence : explain(details, test::kNow).sentences)
    if (sentence.section == Section::if_nobody_acts) text += sentence.text.text() + "\n";
  return text;
}

TEST(Explanation, SaysHowLongTheyWaitInTenMinutes) {
  const auto text = outlook(waiting(2));
  EXPECT_THAT(
      text,
      HasSubstr("2 sessions waited when the server was asked, the longest for 2 min; in ten minutes that "
                "wait has lasted 12 min"));
  EXPECT_THAT(text, HasSubstr("The queue grew from 1 to 2 within 39 s"));
  EXPECT_THAT(
      text,
      HasSubstr("It came 31 times in 5 min; if that goes on, about 60 more errors follow in ten minutes."));
  EXPECT_THAT(text, HasSubstr("Selfheal does nothing until a person approves the fix."));
}

TEST(Explanation, ProjectsNoQueueThatIsGone) {
  const auto text = outlook(waiting(0));
  EXPECT_THAT(text, HasSubstr("Nobody waited any more"));
  EXPECT_THAT(text, Not(HasSubstr("12 min")));
  EXPECT_THAT(text, Not(HasSubstr("grew")));
}

TEST(Explanation, ExpectsNoMoreOfWhatHasStopped) {
  auto details = waiting(0);
  details.incident.last_seen = test::kNow - 3h;
  EXPECT_THAT(outlook(details), HasSubstr("It was last seen 3 h ago; whether it comes again is not known."));
}

}  // namespace
}  // namespace selfheal::assistant
