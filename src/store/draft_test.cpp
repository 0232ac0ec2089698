// What of an error is written down.
#include <gtest/gtest.h>

#include "store/internal/draft.h"

namespace selfheal::store {
namespace {

std::string family_kept(const std::string& family, ErrorEvent event) {
  Sighting sighting;
  sighting.exemplar = std::move(event);
  sighting.name.family = family;
  return draft_of(ServerId("shop"), std::move(sighting)).sighting.name.family;
}

ErrorEvent of_the_server() {
  ErrorEvent event;
  event.sqlstate = "23505";
  event.message = "duplicate key value violates unique constraint \"orders_pkey\"";
  event.objects.constraint = "orders_pkey";
  return event;
}

// What RAISE says of objects may be any text.
ErrorEvent of_an_application() {
  auto event = of_the_server();
  event.context = "PL/pgSQL function f(integer) line 3 at RAISE";
  return event;
}

struct Named {
  const char* role;
  std::string pg::ObjectNames::* field;
};
constexpr Named kNamed[] = {
    {"column", &pg::ObjectNames::column},       {"constraint", &pg::ObjectNames::constraint},
    {"database", &pg::ObjectNames::database},   {"datatype", &pg::ObjectNames::datatype},
    {"index", &pg::ObjectNames::index},         {"parameter", &pg::ObjectNames::parameter},
    {"partition", &pg::ObjectNames::partition}, {"role", &pg::ObjectNames::role},
    {"routine", &pg::ObjectNames::routine},     {"schema", &pg::ObjectNames::schema},
    {"sequence", &pg::ObjectNames::sequence},   {"slot", &pg::ObjectNames::slot},
    {"table", &pg::ObjectNames::table}};

TEST(Draft, AFamilyKeepsTheNamesOfObjects) {
  for (const auto& [role, field] : kNamed) {
    ErrorEvent event;
    event.sqlstate = "55000";
    event.objects.*field = "orders";
    const auto family = std::string("v1|55000|") + role + "=orders";
    EXPECT_EQ(family_kept(family, event), family);
  }
  auto event = of_the_server();
  event.objects.constraint = "a|b=c\\d";
  EXPECT_EQ(family_kept("v1|23505|constraint=a\\|b\\=c\\\\d", event), "v1|23505|constraint=a\\|b\\=c\\\\d");
  event.objects.datatype = "shop.\"Mood\"";
  EXPECT_EQ(family_kept("v1|22P02|datatype=Mood", event), "v1|22P02|datatype=Mood");
}

// With RAISE an application fills the fields of objects with any text.
TEST(Draft, AFamilyShowsNoNameThatMayBeAnyText) {
  for (const auto& [role, field] : kNamed) {
    auto event = of_an_application();
    event.objects.*field = "Kim Doe";
    EXPECT_EQ(family_kept(std::string("v1|P0001|") + role + "=Kim Doe", event),
              std::string("v1|P0001|") + role + "=‹name›");
  }
  EXPECT_EQ(family_kept("v1|P0001|column=t_secret|table=t", of_an_application()),
            "v1|P0001|column=‹name›|table=‹name›");
}

// The incident's page showed the name of an index that could not be built beside a message that hid it.
TEST(Draft, AFamilyShowsNoNameOfWhatDoesNotExistYet) {
  ErrorEvent event;
  event.sqlstate = "23505";
  event.message = "could not create unique index \"Kim Doe\"";
  event.statement = "create unique index \"Kim Doe\" on t (v)";
  event.objects.index = "Kim Doe";
  EXPECT_EQ(family_kept("v1|23505|constraint=Kim Doe", event), "v1|23505|constraint=‹name›");
}

TEST(Draft, AFamilyKeepsWhoRaisedIt) {
  for (const auto* family :
       {"v1|P0001|raised=f(integer)", "v1|57P01|backend=autovacuum worker", "v1||code=E_PAY", "v1|23505"})
    EXPECT_EQ(family_kept(family, of_an_application()), family);
}

TEST(Draft, AFamilyHoldsNoSecretInAName) {
  auto event = of_the_server();
  event.objects.table = "kim.doe@example.com";
  EXPECT_EQ(family_kept("v1|42501|table=kim.doe@example.com", event), "v1|42501|table=‹name›");
}

}  // namespace
}  // namespace selfheal::store
