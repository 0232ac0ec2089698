// What of a language model's answer a person gets to see.
#include <gmock/gmock.h>

#include "assistant/internal/model_lies.h"
#include "assistant/internal/wording_check.h"

namespace selfheal::assistant {
namespace {

using namespace assistant::test;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(WordingSheet, HasNoNumberNoNameAndNoTime) {
  const Told told;
  for (const auto& line : told.sheet.lines) {
    auto text = line.masked.text;
    for (const auto& slot : line.masked.slots) text.erase(text.find(slot), slot.size());
    EXPECT_EQ(text.find_first_of("0123456789_\"{}"), std::string::npos) << text;
    for (const auto* name : {"billing", "invoice", "shop", "acme", "lock_not_available"})
      EXPECT_THAT(text, Not(HasSubstr(name)));
  }
}

TEST(WordingSheet, HasNoSqlNoRunbookAndNothingUnproven) {
  Told told;
  told.explanation.sentences.front().is_proven = false;
  const auto sheet = internal::sheet_of(told.explanation);
  EXPECT_FALSE(sheet.lines.empty());
  for (const auto& line : sheet.lines) {
    const auto& sentence = told.explanation.sentences[line.sentence];
    EXPECT_TRUE(sentence.is_proven);
    EXPECT_FALSE(sentence.source.starts_with("K:")) << line.masked.text;
    EXPECT_THAT(line.masked.text, Not(HasSubstr("SELECT")));
    EXPECT_THAT(line.masked.text, Not(HasSubstr("The message:")));
  }
}

TEST(WordingSheet, IsFilledAsItWas) {
  const Told told;
  for (const auto& line : told.sheet.lines)
    EXPECT_EQ(internal::fill(line.masked.text, {&line.masked}),
              told.explanation.sentences[line.sentence].text.text());
}

TEST(WordingSheet, HidesNamesThatReadLikeWords) {
  const auto masked = internal::mask("billing lacks SELECT on the table \"a } b\", 4 of 5 rows since 12 min.",
                                     {"billing", "table"}, 1);
  EXPECT_EQ(masked.text, "{x1} lacks SELECT on the {x2} {x3}, {n4} of {n5} rows since {n6}.");
}

// Every one of them says what the template says.
std::vector<WordedSentence> honest_wordings(const Told& told) {
  return {
      told.worded(kWaited, "There were {0} sessions that waited for it when the recorder last looked."),
      told.worded(
          kBegan,
          "The session {0} ({1}) began a transaction; it took a lock on {2}, and has been idle since {3}."),
      told.worded(
          kBegan,
          "Session {0} ({1}) started a transaction and took a lock on {2}. It has been idle since {3}."),
      told.worded(kDenied, "It doesn't wait for anybody."),
      told.worded(kDenied, "It is not waiting for anybody itself."),
      told.worded(kDoubt, "So this is likely, and not certain: {0} of {1} checks passed."),
      told.worded(kOpen,
                  "It is not known whether that session is still idle in that same transaction (the probe "
                  "{0} failed)."),
      told.worded(kTitle, "Most likely the session {0} ({1}) holds a lock while idle in its transaction."),
      told.worded("Not a schema change",
                  "It is not a schema change that waits in front; the blocker waits for nobody."),
      told.worded("The fix:", "The fix is this: End the session {0}."),
      told.worded("Its risk", "As for its risk: the transaction is rolled back."),
      told.worded("waits for the approval", "So it waits for approval of a person."),
  };
}

TEST(Wording, KeepsWhatSaysTheSame) {
  const Told told;
  for (const auto& sentence : honest_wordings(told)) {
    const auto worded = told.put({sentence});
    EXPECT_EQ(worded.refused, 0) << sentence.text;
    ASSERT_EQ(worded.kept.size(), 1u) << sentence.text;
    EXPECT_NE(texts_of(worded.explanation), texts_of(told.explanation)) << sentence.text;
    for (const auto& said : worded.explanation.sentences) {
      EXPECT_TRUE(said.is_proven);
      EXPECT_THAT(said.text.text(), Not(HasSubstr("{")));
    }
  }
}

TEST(Wording, PutsTheValuesOfThisIncidentIn) {
  const Told told;
  const auto worded = told.put(
      {told.worded(kWaited, "There were {0} sessions that waited for it when the recorder last looked.")});
  EXPECT_THAT(
      texts_of(worded.explanation),
      ::testing::Contains("E2 There were 4 sessions that waited for it when the recorder last looked."));
}

TEST(Wording, JoinsNeighboursWithOneSource) {
  const Told told;
  auto joined = told.worded(
      kBegan, "Session {0} ({1}) began a transaction, took a lock on {2} and has been idle since {3}, ");
  const auto& second = told.line(kWaited);
  joined.text +=
      "and " + second.masked.slots.front() + " sessions waited for it when the recorder last looked.";
  joined.restates.push_back(second.id);
  const auto worded = told.put({joined});
  EXPECT_EQ(worded.refused, 0);
  EXPECT_EQ(worded.explanation.sentences.size() + 1, told.explanation.sentences.size());
}

TEST(Wording, NothingUnsupportedIsShown) {
  const Told told;
  const auto all = lies(told);
  EXPECT_GE(all.size(), 40u);
  for (const auto& lie : all) {
    const auto worded = told.put({lie.sentence});
    EXPECT_EQ(worded.refused, 1) << lie.what;
    EXPECT_EQ(texts_of(worded.explanation), texts_of(told.explanation)) << lie.what;
    EXPECT_EQ(worded.explanation.sentences.size(), told.explanation.sentences.size()) << lie.what;
  }
}

// One lie among truths costs the truths nothing, and gets no further.
TEST(Wording, ALieAmongTruthsIsDropped) {
  const Told told;
  const std::vector truths{
      told.worded(kDenied, "It doesn't wait for anybody."),
      told.worded(kDoubt, "So this is likely, and not certain: {0} of {1} checks passed.")};
  const auto honest = texts_of(told.put(truths).explanation);
  for (const auto& lie : lies(told)) {
    auto mixed = truths;
    mixed.insert(mixed.begin(), lie.sentence);
    const auto worded = told.put(mixed);
    EXPECT_EQ(texts_of(worded.explanation), honest) << lie.what;
    EXPECT_EQ(worded.kept.size(), 2u) << lie.what;
  }
}

TEST(Wording, IsTheTemplatesAltogetherWhenMostIsRefused) {
  const Told told;
  const auto wrong = told.worded(kWaited, "9 sessions waited.");
  const auto worded = told.put({told.worded(kDenied, "It doesn't wait for anybody."), wrong, wrong});
  EXPECT_EQ(texts_of(worded.explanation), texts_of(told.explanation));
  EXPECT_THAT(worded.kept, IsEmpty());
}

TEST(Wording, TakesNoneOfTenThousandSentences) {
  const Told told;
  const auto good = told.worded(kDenied, "It doesn't wait for anybody.");
  EXPECT_THAT(told.put(std::vector(10'000, good)).kept, IsEmpty());
}

TEST(Wording, TakesASentenceOnce) {
  const Told told;
  const auto good = told.worded(kDenied, "It doesn't wait for anybody.");
  const auto worded = told.put({good, good});
  EXPECT_EQ(worded.kept.size(), 1u);
  EXPECT_EQ(worded.explanation.sentences.size(), told.explanation.sentences.size());
}

TEST(Wording, AdviceWithoutEvidenceIsMarked) {
  const Told told;
  const WordedSentence advice{
      .section = "prevent",
      .text = "A short timeout for idle transactions keeps other sessions from waiting.",
      .evidence_ids = {},
      .restates = {}};
  const auto worded = told.put({advice});
  ASSERT_EQ(worded.kept.size(), 1u);
  const auto& last = worded.explanation.sentences.back();
  EXPECT_EQ(last.text.text(), advice.text);
  EXPECT_FALSE(last.is_proven);
  EXPECT_EQ(last.source, "");
  for (const auto* section : {"happened", "why", "ruled_out"}) {
    auto claim = advice;
    claim.section = section;
    EXPECT_EQ(told.put({claim}).refused, 1) << section;
  }
}

TEST(Wording, AtMostTwoSentencesOfASectionAreUnproven) {
  const Told told;
  std::vector<WordedSentence> many;
  for (const auto* text : {"Look for a long transaction.", "Look for a long statement.", "Look for a lock."})
    many.push_back({.section = "prevent", .text = text, .evidence_ids = {}, .restates = {}});
  EXPECT_EQ(told.put(many).kept.size(), 2u);
}

}  // namespace
}  // namespace selfheal::assistant
