#include <gtest/gtest.h>

#include "healing/evidence/cells.h"

namespace selfheal::healing {
namespace {

std::string shown(const std::vector<std::string>& columns,
                  const std::vector<std::optional<std::string>>& row) {
  std::string text;
  const auto cells = redacted_row(columns, row);
  for (std::size_t i = 0; i < cells.size(); ++i)
    text += columns[i] + "=" + (cells[i] ? cells[i]->text() : "null") + "|";
  return text;
}

TEST(RedactedRow, TakesWhatAnErrorCallsMissingOutOfItsStatement) {
  EXPECT_EQ(shown({"sqlstate", "message", "statement", "object_table", "insert_columns", "hint"},
                  {"42703", "column \"s3cret\" of relation \"orders\" does not exist",
                   "insert into orders (\"s3cret\") values (1)", "orders", "{s3cret}", std::nullopt}),
            "sqlstate=42703|message=column \"‹name›\" of relation \"orders\" does not exist|"
            "statement=insert into orders (‹name›) values (?)|object_table=orders|insert_columns=‹left out›|"
            "hint=null|");
}

TEST(RedactedRow, ShowsNoNameThatAnApplicationRaised) {
  EXPECT_EQ(
      shown({"sqlstate", "message", "statement", "object_constraint"},
            {"P0001", "duplicate key value violates unique constraint \"s3cret\"", "select f()", "s3cret"}),
      "sqlstate=P0001|message=‹message withheld›|statement=select f()|object_constraint=‹name›|");
}

TEST(RedactedRow, KeepsTheNamesThatTheStatementShows) {
  EXPECT_EQ(shown({"sqlstate", "message", "statement", "relation_names"},
                  {"23505", "duplicate key value violates unique constraint \"a_pkey\"",
                   "insert into a values ('x')", "{a}"}),
            "sqlstate=23505|message=duplicate key value violates unique constraint \"a_pkey\"|"
            "statement=insert into a values (?)|relation_names={a}|");
}

TEST(RedactedRow, LooksAtOtherEvidenceCellByCell) {
  EXPECT_EQ(shown({"pid", "query", "unknown"}, {"17", "select 's3cret'", "s3cret"}),
            "pid=17|query=select ?|unknown=‹left out›|");
}

}  // namespace
}  // namespace selfheal::healing
