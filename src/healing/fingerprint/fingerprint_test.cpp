#include "healing/fingerprint/fingerprint.h"

#include <gtest/gtest.h>
// After gtest, whose macros it needs.
#include <rapidcheck/gtest.h>

#include "pg/statement.h"

namespace selfheal::healing {
namespace {

constexpr std::string pg::ObjectNames::* kNames[] = {
    &pg::ObjectNames::table,     &pg::ObjectNames::column, &pg::ObjectNames::constraint,
    &pg::ObjectNames::datatype,  &pg::ObjectNames::role,   &pg::ObjectNames::routine,
    &pg::ObjectNames::sequence,  &pg::ObjectNames::index,  &pg::ObjectNames::parameter,
    &pg::ObjectNames::partition, &pg::ObjectNames::slot,
};

std::string name_for(std::string_view sql) {
  return fingerprint_of({.sqlstate = "23505"}, pg::statement_fingerprint(sql)).fingerprint;
}

TEST(Fingerprint, IsReadable) {
  ErrorEvent event{.sqlstate = "23505", .objects = {.constraint = "orders_pkey"}};
  const auto name = fingerprint_of(event, "");
  EXPECT_EQ(name.family, "v1|23505|constraint=orders_pkey");
  EXPECT_EQ(name.fingerprint.size(), 16u);
  EXPECT_EQ(fingerprint_of({.trouble = "blocked_sessions", .objects = {.table = "invoice"}}, "").family,
            "v1|blocked_sessions|table=invoice");
  EXPECT_EQ(fingerprint_of({}, "").family, "v1|");
}

TEST(Fingerprint, StaysAsItIsStored) {
  ErrorEvent event{.sqlstate = "23502", .objects = {.table = "nn", .column = "region"}};
  EXPECT_EQ(fingerprint_of(event, "a1b2c3d4e5f60718").fingerprint, "d2fe8d5249bcdb40");
}

// The wire has the protocol's fields, an English log the names of the sentence.
TEST(Fingerprint, IsTheSameFromEveryIntake) {
  const struct {
    std::string sqlstate;
    pg::ObjectNames wire, log;
  } cases[] = {
      {"23505",
       {.schema = "public", .table = "orders", .constraint = "orders_pkey"},
       {.constraint = "orders_pkey"}},
      {"23505", {.schema = "public", .table = "p", .constraint = "p_sku"}, {.index = "p_sku"}},
      {"23505",
       {.schema = "public", .table = "p", .constraint = "p_sku", .index = "p_sku"},
       {.index = "p_sku"}},
      {"23503", {.schema = "s", .table = "ord", .constraint = "fk"}, {.table = "cust", .constraint = "fk"}},
      {"23502", {.schema = "s", .table = "nn", .column = "region"}, {.table = "nn", .column = "region"}},
      {"23514", {.schema = "s", .table = "ev"}, {.table = "ev"}},
  };
  for (const auto& c : cases) {
    ErrorEvent wire{.intake = Intake::wire,
                    .sqlstate = c.sqlstate,
                    .message = "Wert",
                    .database = "a",
                    .pid = 4,
                    .objects = c.wire};
    ErrorEvent log{
        .intake = Intake::log, .sqlstate = c.sqlstate, .message = "value", .database = "b", .objects = c.log};
    EXPECT_EQ(fingerprint_of(wire, "x").family, fingerprint_of(log, "x").family);
    EXPECT_EQ(fingerprint_of(wire, "x").fingerprint, fingerprint_of(log, "x").fingerprint);
  }
}

TEST(Fingerprint, TakesNothingFromWhatAnApplicationRaised) {
  ErrorEvent event{.sqlstate = "23505",
                   .message = "duplicate key value violates unique constraint \"orders_pkey\"",
                   .context = "PL/pgSQL-Funktion f(integer) Zeile 3 bei RAISE\nSQL-Anweisung »SELECT f(1)«"};
  complete_from_message(event);
  EXPECT_EQ(event.objects, pg::ObjectNames{});
  EXPECT_EQ(fingerprint_of(event, "").family, "v1|23505|raised=f(integer)");
  // The server's own function says that an expression of RAISE failed.
  event.routine = "int4div";
  complete_from_message(event);
  EXPECT_EQ(fingerprint_of(event, "").family, "v1|23505|constraint=orders_pkey");
}

TEST(Fingerprint, NamesASchemaOnlyWhereNothingElseIsNamed) {
  ErrorEvent event{.sqlstate = "42501", .objects = {.database = "d", .schema = "s"}};
  EXPECT_EQ(fingerprint_of(event, "").family, "v1|42501|schema=s");
  event.objects.table = "t";
  EXPECT_EQ(fingerprint_of(event, "").family, "v1|42501|table=t");
}

TEST(Fingerprint, KeepsNamesApartThatHoldSignsOfItsGrammar) {
  ErrorEvent one{.sqlstate = "42501", .objects = {.column = "a|table=b"}};
  ErrorEvent two{.sqlstate = "42501", .objects = {.table = "b", .column = "a"}};
  EXPECT_NE(fingerprint_of(one, "").family, fingerprint_of(two, "").family);
  ErrorEvent slash{.sqlstate = "42501", .objects = {.table = "b", .column = "a\\"}};
  ErrorEvent bar{.sqlstate = "42501", .objects = {.column = "a\\|table=b"}};
  EXPECT_NE(fingerprint_of(slash, "").family, fingerprint_of(bar, "").family);
}

RC_GTEST_PROP(Fingerprint, IgnoresLiteralsAndListLength, (std::vector<int> keys, const std::string& text)) {
  RC_PRE(!keys.empty());
  std::string list, literal;
  for (const int key : keys) list += (list.empty() ? "" : ", ") + std::to_string(std::abs(key / 2));
  for (const char c : text) literal += c >= ' ' && c < 127 && c != '\'' && c != '\\' ? c : '_';
  RC_ASSERT(name_for("SELECT * FROM orders WHERE id IN (" + list + ") AND ref = '" + literal + "'") ==
            name_for("SELECT * FROM orders WHERE id IN (1) AND ref = 'x'"));
}

RC_GTEST_PROP(Fingerprint, IgnoresWordsValuesAndPlaces,
              (const std::string& a, const std::string& b, int pid)) {
  ErrorEvent event{.sqlstate = "23514", .objects = {.table = "ck", .constraint = "ck_qty_check"}};
  const auto before = fingerprint_of(event, "x");
  event.message = event.hint = event.statement = event.database = event.user = a;
  event.detail = event.context = event.application = event.client_host = event.level = b;
  event.objects.schema = event.objects.database = a;
  event.pid = pid;
  RC_ASSERT(fingerprint_of(event, "x").fingerprint == before.fingerprint);
}

RC_GTEST_PROP(Fingerprint, TellsObjectsApart, (const std::string& a, const std::string& b)) {
  RC_PRE(a != b);
  for (const auto field : kNames) {
    ErrorEvent one{.sqlstate = "42501"}, two{.sqlstate = "42501"};
    one.objects.*field = a;
    two.objects.*field = b;
    RC_ASSERT(fingerprint_of(one, "x").family != fingerprint_of(two, "x").family);
    RC_ASSERT(fingerprint_of(one, "x").fingerprint != fingerprint_of(two, "x").fingerprint);
  }
}

RC_GTEST_PROP(Fingerprint, TellsRolesOfOneNameApart, (const std::string& name)) {
  RC_PRE(!name.empty());
  std::set<std::string> families;
  for (const auto field : kNames) {
    ErrorEvent event{.sqlstate = "42501"};
    event.objects.*field = name;
    families.insert(fingerprint_of(event, "").family);
  }
  RC_ASSERT(families.size() == std::size(kNames));
}

TEST(Fingerprint, TellsStatementsAndTablesApart) {
  EXPECT_NE(name_for("SELECT 1 FROM a"), name_for("SELECT 1 FROM b"));
  EXPECT_NE(name_for("SELECT 1 FROM a"), name_for("DELETE FROM a"));
}

}  // namespace
}  // namespace selfheal::healing
