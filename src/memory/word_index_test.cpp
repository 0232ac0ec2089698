#include <gmock/gmock.h>

#include <cmath>

#include "memory/internal/word_index.h"

namespace selfheal::memory::internal {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Slot> slots_of(const std::vector<Scored>& found) {
  std::vector<Slot> slots;
  for (const auto& one : found) slots.push_back(one.slot);
  return slots;
}

// Three documents of 4, 2 and 6 terms: mean length 4.
WordIndex three() {
  WordIndex index;
  index.add(7, {{"lock", 2}, {"timeout", 1}, {"row", 1}});
  index.add(8, {{"disk", 1}, {"full", 1}});
  index.add(9, {{"lock", 1}, {"table", 5}});
  return index;
}

TEST(Bm25, ScoresAsComputedByHand) {
  const auto index = three();
  // idf(lock) = ln(1 + 1.5/2.5). Slot 7: 2·2.2/(2 + 1.2·(.25 + .75·4/4)); slot 9: 1·2.2/(1 + 1.2·(.25 +
  // .75·6/4)).
  const double idf = std::log(1.6);
  const auto found = index.search({{"lock", 1}}, 10, {});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].slot, 7U);
  EXPECT_THAT(found[0].score, DoubleNear(idf * 4.4 / 3.2, 1e-9));
  EXPECT_EQ(found[1].slot, 9U);
  EXPECT_THAT(found[1].score, DoubleNear(idf * 2.2 / 2.65, 1e-9));
}
TEST(Bm25, HoldsRareTermsDearer) {
  const auto index = three();
  EXPECT_THAT(index.idf("disk"), DoubleNear(std::log(1 + 2.5 / 1.5), 1e-9));
  EXPECT_THAT(index.idf("absent"), DoubleNear(std::log(1 + 3.5 / .5), 1e-9));
  EXPECT_THAT(slots_of(index.search({{"lock", 1}, {"full", 1}}, 10, {})), ElementsAre(8, 7, 9));
}
TEST(Bm25, FindsOnlyWhatSharesATermAndIsAccepted) {
  const auto index = three();
  EXPECT_THAT(index.search({{"absent", 1}}, 10, {}), IsEmpty());
  EXPECT_THAT(index.search({}, 10, {}), IsEmpty());
  EXPECT_THAT(slots_of(index.search({{"lock", 1}}, 10, [](Slot slot) { return slot == 9; })), ElementsAre(9));
}
TEST(Bm25, KeepsToTheLimitAndOrdersEqualsBySlot) {
  WordIndex index;
  for (const Slot slot : {5U, 3U, 4U}) index.add(slot, {{"same", 1}});
  EXPECT_THAT(slots_of(index.search({{"same", 1}}, 2, {})), ElementsAre(3, 4));
  EXPECT_THAT(index.search({{"same", 1}}, 0, {}), IsEmpty());
}
TEST(Bm25, ForgetsWhatIsRemoved) {
  auto index = three();
  index.remove({{7, {{"lock", 2}, {"timeout", 1}, {"row", 1}}}});
  EXPECT_EQ(index.size(), 2U);
  EXPECT_THAT(index.search({{"timeout", 1}}, 10, {}), IsEmpty());
  EXPECT_THAT(slots_of(index.search({{"lock", 1}}, 10, {})), ElementsAre(9));
  // As if it had never been there: the mean length is that of two.
  EXPECT_THAT(index.search({{"lock", 1}}, 10, {})[0].score,
              DoubleNear(std::log(2) * 2.2 / (1 + 1.2 * (.25 + .75 * 6 / 4)), 1e-9));
}
TEST(Bm25, FindsNothingInNothing) { EXPECT_THAT(WordIndex().search({{"lock", 1}}, 10, {}), IsEmpty()); }

}  // namespace
}  // namespace selfheal::memory::internal
