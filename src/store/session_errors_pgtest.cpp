#include <gmock/gmock.h>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

class SessionErrorsTest : public test::StoreTest {
 protected:
  Sighting failed(const std::string& fingerprint, const std::string& sqlstate, std::int64_t line,
                  const std::string& session = "s1") {
    auto sighting = seen(fingerprint, line);
    sighting.exemplar.sqlstate = sqlstate;
    for (auto& key : sighting.keys) key.session_id = session;
    sighting.exemplar.key = sighting.keys.front();
    return sighting;
  }
  std::string before(store::Store& store, const Sighting& sighting) {
    const auto item =
        got(store.incidents().before_in_session(ServerId("orders"), sighting.exemplar.key, soon()));
    if (item.rows.empty()) return "";
    return item.rows[0][1].value_or("") + "/" + item.rows[0][4].value_or("");
  }
};

TEST_F(SessionErrorsTest, TheErrorBeforeIsFoundWithItsIncident) {
  auto& store = open();
  const auto first = file(store, {failed("aa", "22012", 5)})[0].incident;
  const auto echo = failed("bb", "25P02", 6);
  const auto second_echo = failed("bb", "25P02", 7);
  file(store, {echo, second_echo});
  const auto expected = "22012/" + std::to_string(first.number.value());
  EXPECT_EQ(before(store, echo), expected);
  EXPECT_EQ(before(store, second_echo), expected) << "an echo is nobody's cause";
}

TEST_F(SessionErrorsTest, OtherSessionsAndLaterErrorsAreNotIt) {
  auto& store = open();
  file(store, {failed("aa", "22012", 5, "s2"), failed("cc", "23505", 9)});
  EXPECT_EQ(before(store, failed("bb", "25P02", 6)), "");
  EXPECT_EQ(before(store, failed("bb", "25P02", 6, "")), "");
}

TEST_F(SessionErrorsTest, OfTwoIncidentsWithTheCodeNoneIsNamed) {
  auto& store = open();
  auto elsewhere = failed("dd", "22012", 5, "s2");
  file(store, {failed("aa", "22012", 5), elsewhere});
  EXPECT_EQ(before(store, failed("bb", "25P02", 6)), "22012/");
}

}  // namespace
}  // namespace selfheal::store
