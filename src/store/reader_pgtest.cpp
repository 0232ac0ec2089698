#include "store/reader.h"

#include <gmock/gmock.h>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

class ReaderTest : public test::StoreTest {
 protected:
  std::vector<std::int64_t> numbers(Store& store, IncidentFilter filter) {
    std::vector<std::int64_t> out;
    for (const auto& incident : got(store.reader().incidents(std::move(filter), soon())).items)
      out.push_back(incident.number.value());
    return out;
  }
};

TEST_F(ReaderTest, PagesFollowOneAnotherWithoutGapOrOverlap) {
  auto& store = open();
  for (int i = 1; i <= 7; ++i) an_incident(store, "f" + std::to_string(i));
  IncidentFilter filter{.limit = 3};
  std::vector<std::int64_t> all;
  int pages = 0;
  for (;; ++pages) {
    const auto page = got(store.reader().incidents(filter, soon()));
    for (const auto& incident : page.items) all.push_back(incident.number.value());
    if (!page.next) break;
    filter.before = page.next;
    if (pages == 0) an_incident(store, "new");  // comes in between and shifts nothing
  }
  EXPECT_THAT(all, testing::ElementsAre(7, 6, 5, 4, 3, 2, 1));
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(numbers(store, {.limit = 0}).size(), 1u) << "limits are cut to what is allowed";
  EXPECT_EQ(numbers(store, {.limit = 100'000}).size(), 8u);
}

TEST_F(ReaderTest, SearchesAndOrders) {
  auto& store = open();
  auto lock = seen("bb", 2, 5);
  lock.error_class.severity = Severity::high;
  lock.exemplar.message = "canceling statement due to lock timeout";
  file(store, {seen("aa", 1), lock, seen("cc", 10, 2)});
  EXPECT_THAT(numbers(store, {.text = "lock TIME"}), testing::ElementsAre(2));
  EXPECT_THAT(numbers(store, {.text = "lock%"}), testing::IsEmpty()) << "no pattern";
  EXPECT_THAT(numbers(store, {.text = "l_ck"}), testing::IsEmpty());
  EXPECT_THAT(numbers(store, {.text = "sh-3"}), testing::ElementsAre(3));
  EXPECT_THAT(numbers(store, {.text = "' OR true --"}), testing::IsEmpty());
  EXPECT_THAT(numbers(store, {.order = IncidentOrder::events}), testing::ElementsAre(2, 3, 1));
  EXPECT_THAT(numbers(store, {.order = IncidentOrder::severity}).front(), 2);
  EXPECT_THAT(numbers(store, {.order = IncidentOrder::events, .skip = 1, .limit = 1}),
              testing::ElementsAre(3));
}

TEST_F(ReaderTest, FiltersNarrowTogether) {
  auto& store = open();
  auto lock = seen("bb", 2);
  lock.error_class.category = Category::lock_contention;
  lock.error_class.severity = Severity::high;
  file(store, {seen("aa", 1), lock});
  clock_.wall += 1h;
  auto third = file(store, {seen("aa", 3)}, "billing").at(0).incident;
  third.state = IncidentState::healed;
  got(store.incidents().update(third, {}, soon()));
  EXPECT_THAT(numbers(store, {}), testing::ElementsAre(3, 2, 1));
  EXPECT_THAT(numbers(store, {.states = {IncidentState::open}}), testing::ElementsAre(2, 1));
  EXPECT_THAT(numbers(store, {.states = {IncidentState::open, IncidentState::healed}}),
              testing::ElementsAre(3, 2, 1));
  EXPECT_THAT(numbers(store, {.category = Category::lock_contention}), testing::ElementsAre(2));
  EXPECT_THAT(numbers(store, {.severity = Severity::high}), testing::ElementsAre(2));
  EXPECT_THAT(numbers(store, {.server = ServerId("billing")}), testing::ElementsAre(3));
  EXPECT_THAT(numbers(store, {.since = clock_.wall - 1min}), testing::ElementsAre(3));
  EXPECT_THAT(numbers(store, {.category = Category::lock_contention, .server = ServerId("billing")}),
              testing::IsEmpty());
  const auto counts = got(store.reader().counts_by_state(soon()));
  EXPECT_EQ(counts,
            (std::map<IncidentState, std::int64_t>{{IncidentState::open, 2}, {IncidentState::healed, 1}}));
}

TEST_F(ReaderTest, SightingsAreReadOnInTheOrderOfTheirFiling) {
  auto& store = open();
  const auto after = [&](std::int64_t number, int limit = 10) {
    return got(store.reader().sightings_after(ServerId("orders"), number, limit, soon()));
  };
  EXPECT_TRUE(after(0).empty());
  auto early = seen("aa", 1);
  early.first_seen = early.last_seen = clock_.wall - 48h;  // lies in another partition
  auto often = seen("bb", 3);
  for (int i = 1; i < 3; ++i) {
    often.keys.push_back(often.keys.front());
    often.keys.back().line_number += i;
  }
  file(store, {often});
  file(store, {early});
  file(store, {seen("cc", 1)}, "billing");
  auto from_table = seen("dd", 1);
  from_table.exemplar.intake = Intake::error_logs;
  file(store, {from_table});
  const auto all = after(0);
  ASSERT_EQ(all.size(), 2u) << "neither another server's nor what came from there";
  EXPECT_LT(all[0].number, all[1].number);
  EXPECT_TRUE(all[0].text.starts_with("SH-1: ")) << all[0].text;
  EXPECT_TRUE(all[0].text.ends_with(" (3 times)")) << all[0].text;
  EXPECT_TRUE(all[1].text.starts_with("SH-2: ")) << all[1].text;
  EXPECT_EQ(all[0].source, "selfheal log");
  EXPECT_EQ(after(0, 1).size(), 1u);
  EXPECT_EQ(after(all[0].number).at(0).number, all[1].number);
  EXPECT_TRUE(after(all[1].number).empty());
  EXPECT_TRUE(got(store.reader().installation(soon())).starts_with("acme@"));
}

TEST_F(ReaderTest, AuditPagesAreNewestFirst) {
  auto& store = open();
  for (int i = 1; i <= 5; ++i) done(store.audit().record({"ada", "did", "SH-1", std::to_string(i)}, soon()));
  const auto first = got(store.reader().audit({}, 2, soon()));
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_EQ(first.items[0].entry.text, "5");
  EXPECT_EQ(first.items[0].previous_hash, first.items[1].hash);
  ASSERT_EQ(first.next, 4);
  const auto rest = got(store.reader().audit(first.next, 50, soon()));
  EXPECT_EQ(rest.items.size(), 3u);
  EXPECT_FALSE(rest.next);
}

TEST_F(ReaderTest, HealthTellsSizePartitionsAndHowFarLogsAreRead) {
  auto& store = open();
  got(store.intake().file({.server = ServerId("orders"), .checkpoint = {.file_name = "postgresql.json"}},
                          soon()));
  const auto health = got(store.reader().health(soon()));
  EXPECT_GT(health.size_bytes, 100'000);
  EXPECT_EQ(health.size_cap_bytes, std::int64_t{2} << 30);
  EXPECT_EQ(health.partitions, 12);
  EXPECT_EQ(health.oldest_partition, parse_time("2026-02-28T00:00:00Z").value());
  ASSERT_EQ(health.readings.size(), 1u);
  EXPECT_EQ(health.readings[0].file_name, "postgresql.json");
  EXPECT_EQ(health.readings[0].read_up_to, clock_.wall);
}

}  // namespace
}  // namespace selfheal::store
