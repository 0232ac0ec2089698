#include <gtest/gtest.h>

#include "healing/playbooks/partition_series.h"
#include "healing/playbooks/playbook.h"
#include "support/cases.h"

namespace selfheal::healing {
namespace {

const std::vector<std::string> kColumns{
    "schema",      "table",           "strategy",         "key_columns", "key_column", "key_type",
    "has_default", "owner",           "partition_schema", "partition",   "bounds",     "partition_kind",
    "tablespace",  "partition_owner", "grants",           "row_security"};

std::vector<test::Cell> part(const std::string& name, const std::string& from, const std::string& to,
                             const std::string& type = "date", const std::string& has_default = "f") {
  return {"public",
          "ev",
          "r",
          "1",
          "ts",
          type,
          has_default,
          "shop_owner",
          "public",
          name,
          "FOR VALUES FROM ('" + from + "') TO ('" + to + "')",
          "r",
          {},
          "shop_owner",
          "{\"SELECT TO app\"}",
          "f"};
}

Case missing(std::vector<std::vector<test::Cell>> rows, const std::string& value) {
  auto facts = test::case_of("23514", {test::answered("range_partitions", kColumns, std::move(rows))});
  facts.sighting.exemplar.objects.table = "ev";
  facts.sighting.exemplar.detail = "Partition key of the failing row contains (ts) = (" + value + ").";
  return facts;
}

const std::vector<std::vector<test::Cell>> kMonthly{part("ev_2026_09", "2026-09-01", "2026-10-01"),
                                                    part("ev_2026_10", "2026-10-01", "2026-11-01")};

std::string restraint_of(const Case& facts) {
  const auto diagnosis = find_playbook("missing_partition")->diagnose(facts);
  if (!diagnosis) return "error";
  if (!*diagnosis) return "not mine";
  return (*diagnosis)->restraint ? (*diagnosis)->restraint->reason : "";
}

TEST(MissingPartition, ProposesTheNextMonthLikeItsSibling) {
  const auto facts = missing(kMonthly, "2026-11-25");
  const auto* playbook = find_playbook("missing_partition");
  const auto diagnosis = playbook->diagnose(facts);
  ASSERT_TRUE(diagnosis && *diagnosis);
  EXPECT_EQ((*diagnosis)->confidence, Confidence::confirmed);
  const auto remedies = playbook->propose(**diagnosis, facts);
  ASSERT_TRUE(remedies);
  ASSERT_EQ(remedies->size(), 1u);
  std::string all;
  for (const auto& step : remedies->front().steps()) all += step.sql + "\n";
  EXPECT_NE(all.find("CREATE TABLE \"public\".\"ev_2026_11\""), std::string::npos) << all;
  EXPECT_NE(all.find("FROM ('2026-11-01') TO ('2026-12-01')"), std::string::npos) << all;
  EXPECT_NE(all.find("GRANT SELECT ON TABLE \"public\".\"ev_2026_11\" TO app"), std::string::npos) << all;
  EXPECT_EQ(remedies->front().parts().set_role, "shop_owner");
}

TEST(MissingPartition, DeclinesWhatIsNotTheNextOfARegularSeries) {
  const std::vector<std::pair<Case, const char*>> cases{
      {missing(kMonthly, "2206-05-01"), "does not fall into the next"},
      {missing(kMonthly, "2026-08-31"), "does not fall into the next"},
      {missing(kMonthly, "25.11.2026"), "did not say"},
      {missing({part("ev_2020_01", "2020-01-01", "2020-02-01")}, "2020-02-03"), "more than one period"},
      {missing({part("ev_a", "2026-10-01", "2026-10-04"), part("ev_b", "2026-10-04", "2026-11-01")},
               "2026-11-02"),
       "do not form a regular series"},
      {missing({part("ev_a", "2026-09-01", "2026-10-01"), part("ev_b", "2026-10-02", "2026-11-01")},
               "2026-11-02"),
       "do not form a regular series"},
      {missing({part("ev_2026_10", "2026-10-01", "2026-11-01", "date", "t")}, "2026-11-02"),
       "default partition"},
      {missing({part("ev_x", "a", "b", "text")}, "c"), "are understood"},
  };
  for (const auto& [facts, why] : cases)
    EXPECT_NE(restraint_of(facts).find(why), std::string::npos) << why << ": " << restraint_of(facts);
}

TEST(MissingPartition, ACheckConstraintIsNotItsBusiness) {
  auto facts = missing(kMonthly, "2026-11-25");
  facts.sighting.exemplar.objects.constraint = "ev_check";
  EXPECT_EQ(restraint_of(facts), "not mine");
}

TEST(MissingPartition, IsCuredOnlyWhenAPartitionTakesTheRow) {
  const auto before = missing(kMonthly, "2026-11-25");
  const auto judge = find_playbook("missing_partition")->judge;
  EXPECT_EQ(judge(before, before)->word, VerdictWord::unchanged);
  auto rows = kMonthly;
  rows.push_back(part("ev_2026_11", "2026-11-01", "2026-12-01"));
  EXPECT_EQ(judge(before, missing(rows, "2026-11-25"))->word, VerdictWord::cured);
}

struct SeriesRow {
  KeyType type;
  const char* lower;
  const char* upper;
  const char* name;
  const char* next_upper;  // null: no step
  const char* next_name;
};

TEST(PartitionSeries, KnowsTheUsualUnits) {
  const SeriesRow rows[] = {
      {KeyType::date, "2026-01-01", "2026-02-01", "ev_2026_01", "2026-03-01", "ev_2026_02"},
      {KeyType::date, "2024-01-01", "2025-01-01", "ev_y2024", "2026-01-01", "ev_y2025"},
      {KeyType::date, "2026-10-01", "2027-01-01", "q", "2027-04-01", "ev_2027_01"},
      {KeyType::date, "2026-02-28", "2026-03-01", "ev_20260228", "2026-03-02", "ev_20260301"},
      {KeyType::timestamp, "2026-01-31 23:00:00", "2026-02-01 00:00:00", "ev_2026_01_31_23",
       "2026-02-01 01:00:00", "ev_2026_02_01_00"},
      {KeyType::timestamptz, "2026-01-01 00:00:00+00", "2026-02-01 00:00:00+00", "p202601",
       "2026-03-01 00:00:00+00", "p202602"},
      // A month of another time zone, an odd width, and integers alone are not a series.
      {KeyType::timestamptz, "2025-12-31 23:00:00+00", "2026-01-31 23:00:00+00", "p", nullptr, ""},
      {KeyType::date, "2026-01-01", "2026-01-06", "p", nullptr, ""},
      {KeyType::integer, "0", "1000", "p_0", nullptr, ""},
  };
  for (const auto& row : rows) {
    const auto bounds =
        parse_bounds(row.type, std::string("FOR VALUES FROM ('") + row.lower + "') TO ('" + row.upper + "')");
    ASSERT_TRUE(bounds) << row.lower;
    const auto stride = step_of(row.type, {*bounds});
    ASSERT_EQ(stride.has_value(), row.next_upper != nullptr) << row.lower;
    if (!stride) continue;
    EXPECT_EQ(point_text(row.type, advance(bounds->upper, *stride)), row.next_upper);
    EXPECT_EQ(next_name(row.type, {.table = "ev", .partition = row.name}, *bounds, bounds->upper, *stride),
              row.next_name);
  }
}

TEST(PartitionSeries, TwoNeighboursOfEqualWidthMakeAnIntegerSeries) {
  const auto stride = step_of(KeyType::integer, {{0, 1000}, {1000, 2000}});
  ASSERT_TRUE(stride);
  EXPECT_EQ(advance(2000, *stride), 3000);
  EXPECT_FALSE(step_of(KeyType::integer, {{0, 1000}, {1000, 1500}}));
}

TEST(PartitionSeries, UnboundedAndCompositeBoundsAreNotUnderstood) {
  for (const auto* text : {"FOR VALUES FROM (MINVALUE) TO ('2026-01-01')", "FOR VALUES IN ('a')", "DEFAULT",
                           "FOR VALUES FROM ('2026-01-01', 1) TO ('2026-02-01', 1)", ""})
    EXPECT_FALSE(parse_bounds(KeyType::date, text)) << text;
}

}  // namespace
}  // namespace selfheal::healing
