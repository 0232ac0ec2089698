#include "pg/identifier.h"

#include <gtest/gtest.h>

#include "pg/sql_state.h"

namespace selfheal::pg {
namespace {

TEST(SqlState, IsFiveDigitsAndCapitals) {
  const auto state = SqlState::parse("40P01");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->text(), "40P01");
  EXPECT_EQ(state->klass(), "40");
  EXPECT_EQ(state, SqlState::parse("40P01"));
  EXPECT_LT(*state, *SqlState::parse("42P01"));
  for (const auto* text : {"", "40P0", "40P011", "40p01", "40 01", "4é01"})
    EXPECT_FALSE(SqlState::parse(text)) << text;
}

TEST(QuoteIdentifier, HoldsAnyName) {
  EXPECT_EQ(quote_identifier("orders"), "\"orders\"");
  EXPECT_EQ(quote_identifier("a\"; drop table b; --"), "\"a\"\"; drop table b; --\"");
  EXPECT_EQ(quote_identifier(""), "\"\"");
  EXPECT_EQ(quote_identifier(std::string_view("a\0b", 3)),
            "\"a\xEF\xBF\xBD"
            "b\"");
  EXPECT_EQ(quote_qualified("Sales", "orders"), "\"Sales\".\"orders\"");
  EXPECT_EQ(quote_qualified("", "orders"), "\"orders\"");
}

TEST(QuoteLiteral, MeansTheSameUnderBothSettings) {
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
  EXPECT_EQ(quote_literal("a\\'b"), "E'a\\\\''b'");
  EXPECT_EQ(quote_literal(std::string_view("a\0b", 3)),
            "'a\xEF\xBF\xBD"
            "b'");
}

TEST(QualifiedName, IsReadAsPostgreSqlDoes) {
  const std::pair<const char*, QualifiedName> cases[] = {
      {"Orders", {"", "orders"}},          {"Sales.\"Orders\"", {"sales", "Orders"}},
      {"\"a\"\"b\".c$1", {"a\"b", "c$1"}}, {"\"a.b\"", {"", "a.b"}},
      {"größe.tést", {"größe", "tést"}},
  };
  for (const auto& [text, name] : cases) {
    const auto parsed = parse_qualified_name(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(*parsed, name) << text;
    EXPECT_EQ(*parse_qualified_name(quote_qualified(name.schema, name.name)), name);
  }
  for (const auto* text : {"", ".", "a.", ".a", "a.b.c", "a b", "a .b", "\"a", "\"\"", "1a", "a;b", "'a'",
                           "a--", "a ", "\xff"}) {
    const auto parsed = parse_qualified_name(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_input);
  }
}

}  // namespace
}  // namespace selfheal::pg
