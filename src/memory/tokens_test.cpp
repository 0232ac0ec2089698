#include <gmock/gmock.h>

#include <string>

#include "memory/internal/tokens.h"

namespace selfheal::memory::internal {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Words, AreRunsOfLettersAndDigitsInLowerCase) {
  EXPECT_THAT(words_of("Relation \"orders_pkey\" (55P03)!"),
              ElementsAre("relation", "orders", "pkey", "55p03"));
}
TEST(Words, HoldTogetherAroundAnApostrophe) {
  EXPECT_THAT(words_of("can't, isn\u2019t 'quoted' users' it''s"),
              ElementsAre("cant", "isnt", "quoted", "users", "it", "s"));
}
TEST(Words, KeepLettersOfEveryLanguageAndNoSigns) {
  EXPECT_THAT(words_of("Schlüssel – 鍵。‹имя›"), ElementsAre("schlüssel", "鍵", "имя"));
}
TEST(Words, AreCutByBytesThatAreNoUtf8) {
  EXPECT_THAT(words_of("a1\xFF"
                       "b2\xC3"),
              ElementsAre("a1", "b2"));
  EXPECT_THAT(words_of("a1\xE2\x82"), ElementsAre("a1"));
  EXPECT_THAT(words_of(std::string("a1\0b2", 5)), ElementsAre("a1", "b2"));
}
TEST(Words, ThatAreTooLongAreNone) {
  EXPECT_THAT(words_of(std::string(kWordBytes, 'x')), ElementsAre(std::string(kWordBytes, 'x')));
  EXPECT_THAT(words_of(std::string(kWordBytes + 1, 'x') + " y"), ElementsAre("y"));
}
TEST(Words, OfOneTextHaveALimit) {
  std::string text;
  for (std::size_t i = 0; i < kWords + 10; ++i) text += "x ";
  EXPECT_EQ(words_of(text).size(), kWords);
}
TEST(Words, OfNothingAreNone) { EXPECT_THAT(words_of(" \t\n-_'\""), IsEmpty()); }

TEST(SmallWords, AreThoseWithoutASubject) {
  EXPECT_TRUE(is_small_word("the") && is_small_word("a") && is_small_word("your"));
  EXPECT_FALSE(is_small_word("not") || is_small_word("no") || is_small_word("lock") || is_small_word(""));
}

TEST(Stemmer, BringsFormsOfAWordTogether) {
  Stemmer stemmer;
  EXPECT_EQ(stemmer.stem("violates"), stemmer.stem("violated"));
  EXPECT_EQ(stemmer.stem("connections"), "connect");
  EXPECT_EQ(stemmer.stem("55p03"), "55p03");
  EXPECT_EQ(stemmer.stem(""), "");
}

}  // namespace
}  // namespace selfheal::memory::internal
