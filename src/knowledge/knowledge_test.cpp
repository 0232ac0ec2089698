#include "knowledge/knowledge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include "knowledge/internal/embedded_runbooks.h"
#include "knowledge/internal/runbook_text.h"
#include "pg/message_template.h"
#include "pg/redact.h"

namespace selfheal::knowledge {
namespace {

using ::testing::HasSubstr;

std::string file_text(std::string_view path) {
  std::ifstream file(fmt::format("{}/{}", std::getenv("SELFHEAL_SOURCE_DIR"), path));
  std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_FALSE(text.empty()) << path;
  return text;
}

std::vector<std::string> phrases_of(std::string_view aliases) {
  std::vector<std::string> phrases;
  while (!aliases.empty()) {
    const auto end = std::min(aliases.find("; "), aliases.size());
    phrases.emplace_back(aliases.substr(0, end));
    aliases.remove_prefix(std::min(end + 2, aliases.size()));
  }
  return phrases;
}

// What the server could send: the sentence with something that fits in each slot.
std::string filled(std::string_view sentence) {
  static const std::regex slot(R"(\{(\w+)\})");
  std::string text(sentence);
  for (std::smatch found; std::regex_search(text, found, slot);) {
    std::string_view with = "orders";
    if (found[1] == "number" || found[1] == "value") with = "7";
    if (found[1] == "word") with = "INSERT";
    if (found[1] == "routine") with = "f(integer)";
    if (found[1] == "tuple") with = "0,1";
    if (found[1] == "clock") with = "1000.123 ms";
    text.replace(static_cast<std::size_t>(found.position()), static_cast<std::size_t>(found.length()), with);
  }
  return text;
}

TEST(Runbooks, EachFileCanBeRead) {
  for (const auto& file : embedded::runbooks()) {
    std::deque<std::string> joined;
    const auto parsed = internal::parse_runbooks(file.text, joined);
    ASSERT_TRUE(parsed.has_value()) << file.name << ": " << parsed.error().message;
    EXPECT_FALSE(parsed->empty()) << file.name;
  }
}

TEST(Runbooks, NoTwoClaimTheSame) {
  std::deque<std::string> joined;
  std::map<std::string_view, std::string_view> claimed;
  for (const auto& file : embedded::runbooks()) {
    const auto parsed = internal::parse_runbooks(file.text, joined);
    ASSERT_TRUE(parsed.has_value()) << file.name;
    for (const auto& runbook : *parsed)
      for (const auto* keys : {&runbook.causes, &runbook.sqlstates, &runbook.messages})
        for (const auto key : *keys) {
          const auto [at, is_first] = claimed.emplace(key, runbook.name);
          EXPECT_TRUE(is_first) << key << " by " << at->second << " and " << runbook.name;
        }
  }
}

TEST(Runbooks, AreSortedByNameAndNamedLikeIdentifiers) {
  const auto all = runbooks();
  EXPECT_GE(all.size(), 200u);
  EXPECT_EQ(std::ranges::adjacent_find(all, std::ranges::greater_equal(), &Runbook::name), all.end());
  for (const auto& runbook : all)
    EXPECT_TRUE(std::ranges::all_of(runbook.name, [](char c) { return c == '_' || std::isalnum(c) != 0; }))
        << runbook.name;
}

TEST(Runbooks, SayEverythingInAFewSentences) {
  for (const auto& runbook : runbooks()) {
    SCOPED_TRACE(runbook.name);
    EXPECT_THAT(runbook.title.size(), ::testing::AllOf(::testing::Ge(10u), ::testing::Le(80u)));
    EXPECT_FALSE(runbook.title.ends_with('.'));
    for (const auto text : {runbook.meaning, runbook.reasons, runbook.if_nobody_acts, runbook.check,
                            runbook.fix, runbook.prevent}) {
      EXPECT_THAT(text.size(), ::testing::AllOf(::testing::Ge(30u), ::testing::Le(600u))) << text;
      EXPECT_TRUE(text.ends_with('.') || text.ends_with('?') || text.ends_with(';') || text.ends_with(')'))
          << text;
      EXPECT_FALSE(text.contains("  ")) << text;
    }
  }
}

TEST(Runbooks, AreFoundByTheWordsOfManyPeople) {
  std::set<std::string> said;
  for (const auto& runbook : runbooks()) {
    SCOPED_TRACE(runbook.name);
    const auto phrases = phrases_of(runbook.aliases);
    EXPECT_THAT(phrases.size(), ::testing::AllOf(::testing::Ge(6u), ::testing::Le(14u)));
    for (const auto& phrase : phrases)
      EXPECT_THAT(phrase.size(), ::testing::AllOf(::testing::Ge(2u), ::testing::Le(90u))) << phrase;
    // A phrase that two have says nothing about which is meant.
    for (const auto& phrase : phrases) EXPECT_TRUE(said.insert(phrase).second) << phrase;
  }
}

TEST(Runbooks, ThereIsOneForEachPlaybookAndForNothingThatIsNone) {
  const auto catalogue = file_text("src/healing/playbooks/catalogue.cpp");
  static const std::regex declared(R"(extern const Playbook (\w+);)");
  std::set<std::string, std::less<>> playbooks;
  for (std::sregex_iterator at(catalogue.begin(), catalogue.end(), declared), end; at != end; ++at)
    playbooks.insert((*at)[1]);
  EXPECT_FALSE(playbooks.empty());
  for (const auto& playbook : playbooks) EXPECT_NE(runbook_for_cause(playbook), nullptr) << playbook;
  for (const auto& runbook : runbooks())
    for (const auto cause : runbook.causes) EXPECT_TRUE(playbooks.contains(cause)) << cause;
}

TEST(Runbooks, ThereIsOneForEachSqlstateOrItsClass) {
  const auto codes = file_text("tests/reference/errcodes.tsv");
  static const std::regex row(R"(\n([0-9A-Z]{5})\t)");
  std::set<std::string, std::less<>> known;
  for (std::sregex_iterator at(codes.begin(), codes.end(), row), end; at != end; ++at) {
    const auto code = (*at)[1].str();
    known.insert(code);
    known.insert(code.substr(0, 2));
    EXPECT_NE(runbook_for_error(code, ""), nullptr) << code;
    EXPECT_NE(runbook_for_error(code.substr(0, 2) + "999", ""), nullptr) << "class of " << code;
  }
  EXPECT_GT(known.size(), 260u);
  for (const auto& runbook : runbooks())
    for (const auto sqlstate : runbook.sqlstates) EXPECT_TRUE(known.contains(sqlstate)) << sqlstate;
}

// The sentence of the server's that a runbook's message is, or that it narrows by filling words in.
const pg::MessageTemplate* sentence_of(std::string_view message) {
  const auto all = pg::message_templates();
  const auto found = std::ranges::find(all, message, &pg::MessageTemplate::text);
  if (found != all.end()) return &*found;
  const auto matched = pg::match_message(filled(message));
  return matched ? matched->tmpl : nullptr;
}

// Empty when the sentence comes with several codes, or none.
std::string_view code_of(std::string_view message) {
  const auto* sentence = sentence_of(message);
  return sentence == nullptr ? std::string_view() : sentence->sqlstate;
}

TEST(Runbooks, TheirMessagesAreSentencesOfTheServer) {
  for (const auto& runbook : runbooks())
    for (const auto message : runbook.messages) {
      const auto* sentence = sentence_of(message);
      EXPECT_NE(sentence, nullptr) << message;
      if (sentence == nullptr) continue;
      // Filled in or not, it has as many slots of the caller's and the same words around them.
      const auto slots = [](std::string_view text, std::string_view slot) {
        std::size_t count = 0;
        for (auto at = text.find(slot); at != text.npos; at = text.find(slot, at + 1)) ++count;
        return count;
      };
      for (const auto* slot : {"{value}", "{missing}", "{table}", "{role}", "{number}"})
        EXPECT_EQ(slots(message, slot), slots(sentence->text, slot)) << message;
    }
}

TEST(Runbooks, TheirMessagesLeadToThemWithAndWithoutTheCode) {
  for (const auto& runbook : runbooks())
    for (const auto message : runbook.messages) {
      const auto text = filled(message);
      EXPECT_EQ(runbook_for_error("", text), &runbook) << text;
      EXPECT_EQ(runbook_for_error(code_of(message), text), &runbook) << text;
    }
}

TEST(Runbooks, ARedactedMessageLeadsToTheSame) {
  for (const auto& runbook : runbooks())
    for (const auto message : runbook.messages) {
      const auto redacted = pg::redact_message(filled(message)).text();
      EXPECT_EQ(runbook_for_error("", redacted), &runbook) << redacted;
    }
}

TEST(Runbooks, TheirMessagesAreOfTheClassOfTheirCodes) {
  // What the server raises with a code that says less than the sentence.
  const std::set<std::string_view> elsewhere{
      "could not connect to server \"{object}\"",  // 08001, by postgres_fdw
      "could not load pg_hba.conf",                // XX000
      "invalid large-object descriptor: {value}",  // 42704
  };
  for (const auto& runbook : runbooks())
    for (const auto message : runbook.messages) {
      const auto code = code_of(message);
      if (code.empty() || runbook.sqlstates.empty()) continue;
      const auto of_its_class = [&](auto own) { return own.substr(0, 2) == code.substr(0, 2); };
      EXPECT_NE(std::ranges::any_of(runbook.sqlstates, of_its_class), elsewhere.contains(message))
          << runbook.name << ": " << message << " has " << code;
    }
}

struct ErrorCase {
  std::string_view sqlstate;
  std::string_view message;
  std::string_view runbook;
};

TEST(RunbookForError, TakesTheNarrowest) {
  constexpr ErrorCase kCases[] = {
      {"23505", "duplicate key value violates unique constraint \"users_email_key\"", "unique_violation"},
      {"23514", "no partition of relation \"events\" found for row", "missing_partition"},
      {"23514", "new row for relation \"t\" violates check constraint \"c\"", "check_violation"},
      {"23599", "", "integrity_violation"},
      {"53300", "sorry, too many clients already", "server_full_of_clients"},
      {"53300", "too many connections for role \"etl\"", "role_connection_limit"},
      {"57014", "canceling statement due to statement timeout", "statement_timeout"},
      {"57014", "a sentence that nobody knows", "statement_cancelled"},
      {"40001", "canceling statement due to conflict with recovery", "recovery_conflict"},
      {"", "canceling statement due to lock timeout", "lock_timeout"},
      {"22P02", "invalid input syntax for type uuid: \"user-1\"", "text_is_not_a_uuid"},
      {"22P02", "invalid input syntax for type inet: \"user-1\"", "text_is_not_of_the_type"},
      {"22007", "invalid input syntax for type timestamp: \"tomorow\"", "date_not_understood"},
      // RAISE borrows sentences, with its own code or with another's.
      {"P0001", "canceling statement due to lock timeout", "raise_exception"},
      {"23505", "canceling statement due to lock timeout", "unique_violation"},
      {"P0001", "role \"x\" does not exist", "raise_exception"},
  };
  for (const auto& [sqlstate, message, name] : kCases) {
    const auto* found = runbook_for_error(sqlstate, message);
    ASSERT_NE(found, nullptr) << sqlstate << message;
    EXPECT_EQ(found->name, name) << sqlstate << message;
  }
}

TEST(RunbookForError, HasNothingForWhatNobodyKnows) {
  EXPECT_EQ(runbook_for_error("", ""), nullptr);
  EXPECT_EQ(runbook_for_error("ZZ000", "a sentence that nobody knows"), nullptr);
  EXPECT_EQ(runbook_for_error("Z", ""), nullptr);
  EXPECT_EQ(runbook_named("no_such_runbook"), nullptr);
  EXPECT_EQ(runbook_for_cause("no_such_playbook"), nullptr);
}

TEST(RunbookNamed, FindsEach) {
  for (const auto& runbook : runbooks()) EXPECT_EQ(runbook_named(runbook.name), &runbook);
}

constexpr std::string_view kWellFormed =
    "# what this file holds\n"
    "\n"
    "name: a\ntitle: A title\nsqlstates: 01000 02\nmessage: one: two\nmessage: three\naliases: x; y\n"
    "meaning: a text that\n  goes on\nreasons: r\nif_nobody_acts: i\ncheck: c\nfix: f\nprevent: p\n";

TEST(RunbookText, IsReadFieldByField) {
  std::deque<std::string> joined;
  const auto read = internal::parse_runbooks(kWellFormed, joined);
  ASSERT_TRUE(read.has_value()) << read.error().message;
  ASSERT_EQ(read->size(), 1u);
  const auto& runbook = read->front();
  EXPECT_EQ(runbook.name, "a");
  EXPECT_EQ(runbook.title, "A title");
  EXPECT_TRUE(runbook.causes.empty());
  EXPECT_THAT(runbook.sqlstates, ::testing::ElementsAre("01000", "02"));
  EXPECT_THAT(runbook.messages, ::testing::ElementsAre("one: two", "three"));
  EXPECT_EQ(runbook.meaning, "a text that goes on");
  EXPECT_EQ(runbook.prevent, "p");
}

struct Malformed {
  std::string_view what;  // replaced in kWellFormed
  std::string_view with;
  std::string_view error;
};

TEST(RunbookText, IsRefusedWhenMalformed) {
  constexpr Malformed kCases[] = {
      {"title: A title\n", "", "line 14 ends a runbook without title"},
      {"prevent: p\n", "", "line 14 ends a runbook without prevent"},
      {"reasons: r\n", "reasons: r\n\n", "line 12 ends a runbook without if_nobody_acts"},
      {"reasons: r\n", "reasons: r\nreasons: again\n", "line 12 has its key out of order"},
      {"title: A title\n", "remedy: A title\n", "line 4 has an unknown key"},
      {"check: c\nfix: f\n", "fix: f\ncheck: c\n", "line 14 has its key out of order"},
      {"name: a\n", "", "line 3 has its key out of order"},
      {"name: a\n", "  name: a\n", "line 3 continues nothing"},
      {"  goes on\n", "   goes on\n", "line 10 is not indented by two spaces"},
      {"fix: f\n", "fix:f\n", "line 14 is not `key: text`"},
      {"fix: f\n", "fix: \n", "line 14 holds a tab, a space at its end"},
      {"fix: f\n", "fix:  f\n", "line 14 has two spaces behind its key"},
      {"fix: f\n", "fix:\tf\n", "line 14 holds a tab"},
      {"fix: f\n", "fix: \xc3\xa9\n", "line 14 holds a tab, a space at its end, or a byte that is not ASCII"},
      {"fix: f\n", "# a comment inside\nfix: f\n", "line 14 is not `key: text`"},
  };
  for (const auto& [what, with, error] : kCases) {
    std::string text(kWellFormed);
    text.replace(text.find(what), what.size(), with);
    std::deque<std::string> joined;
    const auto read = internal::parse_runbooks(text, joined);
    ASSERT_FALSE(read.has_value()) << error;
    EXPECT_THAT(read.error().message, HasSubstr(error));
  }
}

}  // namespace
}  // namespace selfheal::knowledge
