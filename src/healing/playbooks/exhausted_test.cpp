#include <gtest/gtest.h>

#include "healing/playbooks/playbook.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

const std::vector<std::string> kColumns{
    "sequence_schema", "sequence", "sequence_type", "increment",   "cycles",     "sequence_end", "last_value",
    "schema",          "table",    "column",        "column_type", "column_end", "size_bytes"};

struct Limit {
  std::string schema = "public";
  std::string increment = "1";
  std::string cycles = "f";
  std::string end = "2147483647";
  test::Cell last = "2147483647";
  test::Cell table = "r";
  std::string type = "integer";
  test::Cell column_end = "2147483647";
};

Case ended(const std::vector<Limit>& limits, const std::string& trouble = "") {
  std::vector<std::vector<test::Cell>> rows;
  for (const auto& limit : limits)
    rows.push_back({limit.schema, "r_id_seq", "integer", limit.increment, limit.cycles, limit.end, limit.last,
                    limit.schema, limit.table, "id", limit.type, limit.column_end, "52428800"});
  auto facts =
      test::case_of(trouble.empty() ? "2200H" : "", {test::answered("sequence_limits", kColumns, rows)});
  facts.sighting.exemplar.trouble = trouble;
  facts.sighting.exemplar.objects.sequence = "r_id_seq";
  return facts;
}

// "severity: statement", or "" when it is not an exhausted sequence.
std::string said(const Case& facts) {
  const auto diagnosis = find_playbook("sequence_or_int4_exhausted")->diagnose(facts);
  if (!diagnosis) return "error";
  if (!*diagnosis) return "";
  return std::string(to_word((*diagnosis)->severity)) + ": " + (*diagnosis)->restraint->statement;
}

TEST(Exhausted, NamesTheWideningThatTheTrueEndAsksFor) {
  EXPECT_EQ(said(ended({{}})),
            "high: ALTER TABLE \"public\".\"r\" ALTER COLUMN \"id\" TYPE bigint; ALTER SEQUENCE "
            "\"public\".\"r_id_seq\" AS bigint;");
  // The column was widened, the sequence forgotten.
  EXPECT_EQ(said(ended({{.type = "bigint", .column_end = "9223372036854775807"}})),
            "high: ALTER SEQUENCE \"public\".\"r_id_seq\" AS bigint NO MAXVALUE;");
  EXPECT_EQ(said(ended({{.increment = "-1",
                         .end = "-2147483648",
                         .last = "-2147483648",
                         .type = "bigint",
                         .column_end = "-9223372036854775808"}})),
            "high: ALTER SEQUENCE \"public\".\"r_id_seq\" AS bigint NO MINVALUE;");
  EXPECT_EQ(said(ended({{.end = "9223372036854775807",
                         .last = "9223372036854775807",
                         .type = "bigint",
                         .column_end = "9223372036854775807"}})),
            "high: ");
  EXPECT_EQ(said(ended({{.end = "1000", .last = "1000", .table = {}, .column_end = {}}})), "high: ");
}

TEST(Exhausted, TellsBeforeItHappensButNotTooEarly) {
  const auto near = ended({{.end = "9223372036854775807", .last = "2040109465"}}, "sequence_near_exhaustion");
  EXPECT_TRUE(said(near).starts_with("medium: ALTER TABLE")) << said(near) << ": the column's end counts";
  EXPECT_EQ(said(ended({{.last = "1000000000"}}, "sequence_near_exhaustion")), "");
}

TEST(Exhausted, IsNotClaimedForWhatHasNumbersLeft) {
  EXPECT_EQ(said(ended({{.last = "2147483600"}})), "") << "it was another sequence of this name";
  EXPECT_EQ(said(ended({{.last = {}}})), "");
  EXPECT_EQ(said(ended({{.cycles = "t"}})), "");
  EXPECT_EQ(said(ended({{}, {.schema = "other"}})), "") << "one of two";
  EXPECT_TRUE(said(ended({{}, {.schema = "other", .last = "5"}})).starts_with("high"))
      << "only one has ended";
}

}  // namespace
}  // namespace selfheal::healing
