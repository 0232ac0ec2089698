#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/test_store.h"

namespace selfheal::store {
namespace {

using health::Sample;
using health::Span;

class HealthBook : public test::StoreTest {
 protected:
  // A sample every five seconds up to (not with) `end`, the measure 1 counting from 0.
  void fill(health::HistoryBook& book, Time from, Time end, const std::string& server = "orders") {
    std::vector<Sample> samples;
    int count = 0;
    for (auto at = from; at < end; at += health::kSamplePeriod)
      samples.push_back({.at = at, .values = {std::nullopt, double(count++), 0.5}});
    done(book.append(ServerId(server), std::move(samples), soon()));
  }
  std::vector<std::vector<health::Point>> points(health::HistoryBook& book, Span span,
                                                 std::vector<int> measures = {1}) {
    return got(book.points(ServerId("orders"), std::move(measures), span, soon()));
  }
  // Of the first measure asked for: "mean[least..most] …".
  std::string told(const std::vector<std::vector<health::Point>>& all) {
    std::string text;
    for (const auto& point : all.at(0))
      text += point.mean ? fmt::format("{:g}[{:g}..{:g}] ", *point.mean, *point.least, *point.most) : "- ";
    return text;
  }
};

TEST_F(HealthBook, GivesBackWhatWasSampledAndGapsAsGaps) {
  auto& book = open().health_history();
  const auto now = clock_.wall;
  fill(book, now - 60s, now - 45s);
  done(book.append(ServerId("orders"), {{.at = now - 10s, .values = {7.5, std::nullopt}}}, soon()));
  const auto all = points(book, {.from = now - 60s, .to = now, .step = 5s}, {1, 0, 2, 9});
  EXPECT_EQ(told(all), "0[0..0] 1[1..1] 2[2..2] - ");
  EXPECT_EQ(all[1].back().mean, 7.5);
  EXPECT_EQ(all[1].front().mean, std::nullopt);
  EXPECT_EQ(all[2].front().mean, 0.5);
  EXPECT_EQ(all[2].back().mean, std::nullopt) << "a measure that the sample does not have";
  EXPECT_EQ(all[3].front().mean, std::nullopt) << "a measure that nobody has";
  EXPECT_EQ(points(book, {.from = now - 1h, .to = now - 30min, .step = 5s}).at(0).size(), 0u);
}

TEST_F(HealthBook, SumsUpToMinutesAndHoursWhatIsComplete) {
  clock_.wall = parse_time("2026-11-25T10:03:30Z").value();
  auto& book = open().health_history();
  fill(book, clock_.wall - 90min, clock_.wall);  // from 08:33:30
  done(book.sum_up(ServerId("orders"), soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.health_sample WHERE step = 60"), "90") << "08:33 to 10:02";
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.health_sample WHERE step = 3600"), "0")
      << "of minutes that were there";
  EXPECT_EQ(look("SELECT mean[2] || ' ' || least[2] || ' ' || most[2] FROM selfheal.health_sample "
                 "WHERE step = 60 AND at = '2026-11-25T08:34Z'"),
            "11.5 6 17");
  clock_.wall += 60s;
  done(book.sum_up(ServerId("orders"), soon()));
  EXPECT_EQ(look("SELECT string_agg(to_char(at AT TIME ZONE 'UTC', 'HH24:MI') || ' ' || least[2] || ' ' || "
                 "most[2], ', ' ORDER BY at) "
                 "FROM selfheal.health_sample WHERE step = 3600"),
            "08:00 0 317, 09:00 318 1037");
  EXPECT_EQ(look("SELECT mean[1] IS NULL FROM selfheal.health_sample WHERE step = 3600 LIMIT 1"), "t");
  done(book.sum_up(ServerId("orders"), soon()));
  EXPECT_EQ(look("SELECT count(*) FROM selfheal.health_sample WHERE step = 60"), "91") << "nothing twice";
}

TEST_F(HealthBook, ChoosesTheStepThatReachesBackFarEnough) {
  clock_.wall = parse_time("2026-11-25T10:03:30Z").value();
  auto& book = open().health_history();
  fill(book, clock_.wall - 2h, clock_.wall);
  done(book.sum_up(ServerId("orders"), soon()));
  clock_.wall += 60s;
  done(book.sum_up(ServerId("orders"), soon()));
  const auto count = [&](Duration back, Duration step) {
    return points(book, {.from = clock_.wall - back, .to = clock_.wall, .step = step}).at(0).size();
  };
  EXPECT_EQ(count(10min, 5s), 108u) << "samples";
  EXPECT_EQ(count(10min, 30s), 18u) << "samples, thirty seconds a point";
  EXPECT_EQ(count(6h, 60s), 121u) << "minutes";
  EXPECT_EQ(count(7 * 24h, 60s), 2u) << "hours";
}

TEST_F(HealthBook, KeepsServersAndTenantsApartAndWritesASampleOnce) {
  auto& book = open().health_history();
  const auto now = clock_.wall;
  fill(book, now - 20s, now);
  fill(book, now - 20s, now);
  fill(book, now - 20s, now, "billing");
  EXPECT_EQ(points(book, {.from = now - 1min, .to = now, .step = 5s}).at(0).size(), 4u);
  auto& other = open("umbrella").health_history();
  EXPECT_EQ(points(other, {.from = now - 1min, .to = now, .step = 5s}).at(0).size(), 0u);
}

TEST_F(HealthBook, ForgetsSamplesMinutesAndHoursInTime) {
  auto& store = open();
  done(store.health_history().append(ServerId("orders"), {{.at = clock_.wall, .values = {1}}}, soon()));
  ASSERT_EQ(
      look("INSERT INTO selfheal.health_sample SELECT 'acme', 'gone', step, now() - age, ARRAY[1]::real[] "
           "FROM (VALUES (5, interval '2 hours'), (5, interval '4 hours'), (60, interval '2 days'), "
           "(60, interval '4 days'), (3600, interval '399 days'), (3600, interval '401 days')) AS v (step, "
           "age) RETURNING 1"),
      "1");
  clock_.wall = parse_time(look("SELECT now()")).value();
  done(store.maintain(soon()));
  EXPECT_EQ(look("SELECT string_agg(step::text, ' ' ORDER BY step) FROM selfheal.health_sample WHERE server "
                 "= 'gone'"),
            "5 60 3600");
}

TEST_F(HealthBook, TakesNumbersThatRealDoesNotHoldForUnknown) {
  auto& book = open().health_history();
  const auto now = clock_.wall;
  done(book.append(ServerId("a 'b' \\ {\"c\"}"), {{.at = now - 5s, .values = {1e300, 1e-60, -1.5}}}, soon()));
  EXPECT_EQ(look("SELECT mean::text FROM selfheal.health_sample"), "{NULL,0,-1.5}");
}

}  // namespace
}  // namespace selfheal::store
