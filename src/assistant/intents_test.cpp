// What people ask, and what is taken to be meant.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "assistant/internal/intents.h"
#include "base/clock.h"

namespace selfheal::assistant::internal {
namespace {

const std::vector<TableName> kTables{{"public", "employee"}, {"public", "department"},  {"public", "invoice"},
                                     {"public", "orders"},   {"public", "order_items"}, {"audit", "log"}};

struct Asked {
  std::string expected;
  std::string question;
};

std::vector<Asked> questions(const std::string& file) {
  const char* source = std::getenv("SELFHEAL_SOURCE_DIR");
  std::ifstream in(std::string(source ? source : ".") + "/src/assistant/" + file);
  std::vector<Asked> asked;
  for (std::string line; std::getline(in, line);)
    if (const auto tab = line.find('\t'); !line.starts_with('#') && tab != line.npos)
      asked.push_back({line.substr(0, tab), line.substr(tab + 1)});
  return asked;
}

struct Score {
  int right = 0;
  int all = 0;
  std::string misses;
};

Score score(const std::string& file) {
  Score score;
  for (const auto& asked : questions(file)) {
    const auto meant = to_word(recognise(read_question(asked.question, kTables)));
    const bool right = ("|" + asked.expected + "|").contains("|" + meant + "|");
    ++score.all;
    score.right += right ? 1 : 0;
    if (!right) score.misses += "  " + asked.question + ": " + meant + ", not " + asked.expected + "\n";
  }
  return score;
}

TEST(Intents, AreRecognisedInManyPhrasings) {
  const auto known = score("questions.tsv");
  ASSERT_GE(known.all, 150);
  EXPECT_EQ(known.right, known.all) << known.misses;
}

TEST(Intents, AreRecognisedInPhrasingsThatNobodyTunedFor) {
  const auto strangers = score("questions_held_back.tsv");
  ASSERT_EQ(strangers.all, 50);
  EXPECT_GE(strangers.right, 40);
  std::cout << "held back: " << strangers.right << " of " << strangers.all << '\n';
}

TEST(Intents, OfAHostileQuestionCostLittle) {
  std::vector<TableName> many;
  for (int i = 0; i < 1000; ++i) many.push_back({"public", "table_" + std::to_string(i)});
  const SystemClock clock;
  for (const std::string piece :
       {"\"", ": ", "ERROR: \" mean ", "a\n\"b ", "blokc ", "?\". - ", "/* ' ", "[("}) {
    std::string text;
    while (text.size() < 16'000) text += piece;
    const auto began = clock.steady_now();
    recognise(read_question(text, many));
    EXPECT_LT(clock.steady_now() - began, 3s) << piece;
  }
}

}  // namespace
}  // namespace selfheal::assistant::internal
