#include "watch/findings.h"

#include <gtest/gtest.h>

namespace selfheal::watch {
namespace {

const Time kNow = parse_time("2026-11-25 03:40:00+00").value();
constexpr Duration kSurvey = 30s;

Sighting named(ErrorEvent event) {
  Sighting sighting;
  sighting.error_class.severity = Severity::high;
  sighting.exemplar = std::move(event);
  return sighting;
}

Findings findings() {
  return Findings({.server = ServerId("orders-1"), .own = {.users = {"observer"}}, .name = named});
}

template <class Row>
Seen<Row> at(Duration after, std::vector<Row> rows) {
  if (rows.empty()) return {};
  return {.at = kNow + after, .rows = std::move(rows)};
}

// How many sightings come of `row` when each survey for `lasting` brings it.
template <class Row>
std::size_t told(Row row, Duration lasting, auto judge) {
  auto ours = findings();
  std::size_t count = 0;
  for (Duration after{}; after <= lasting; after += kSurvey)
    count += judge(ours, at<Row>(after, {row})).size();
  return count;
}

TEST(Thresholds, AreThoseOfAPolicyThatSaysNothing) { EXPECT_EQ(thresholds_from(Settings{}), Thresholds{}); }

TEST(Thresholds, FollowThePolicyButNeverLookAllTheTime) {
  Settings settings;
  settings.values = {{"watch.sequence_used_percent", 90}, {"watch.survey_every_s", 0}};
  EXPECT_EQ(thresholds_from(settings).sequence_used_percent, 90);
  EXPECT_EQ(thresholds_from(settings).survey_every, Duration(1s));
}

const auto kConnections = [](Findings& ours, const Seen<LimitSeen>& seen) {
  return ours.connections_near_limit(seen);
};

TEST(ConnectionsNearLimit, AreToldWhenTwoLooksInARowSeeMostOfThemUsed) {
  const auto server = [](std::int64_t used) {
    return LimitSeen{.kind = "server", .allowed = 27, .used = used};
  };
  EXPECT_EQ(told(server(27), 0s, kConnections), 0u) << "one look";
  EXPECT_EQ(told(server(27), kSurvey, kConnections), 1u);
  EXPECT_EQ(told(server(25), kSurvey, kConnections), 1u);
  EXPECT_EQ(told(server(24), kSurvey, kConnections), 0u);
  EXPECT_EQ(told(server(30), kSurvey, kConnections), 1u) << "superusers use their reserve too";
}

TEST(ConnectionsNearLimit, AreNotThoseOfASingleJobNorSelfheals) {
  const auto role = [](const char* name, std::int64_t allowed) {
    return LimitSeen{.kind = "role", .name = name, .allowed = allowed, .used = allowed};
  };
  EXPECT_EQ(told(role("app", 3), kSurvey, kConnections), 1u);
  EXPECT_EQ(told(role("nightly", 2), kSurvey, kConnections), 0u);
  EXPECT_EQ(told(role("observer", 3), kSurvey, kConnections), 0u);
}

TEST(ConnectionsNearLimit, StartAnewWhenALookInBetweenWasFine) {
  auto ours = findings();
  const LimitSeen full{.kind = "server", .allowed = 27, .used = 27};
  EXPECT_TRUE(ours.connections_near_limit(at<LimitSeen>(0s, {full})).empty());
  EXPECT_TRUE(
      ours.connections_near_limit(at<LimitSeen>(5s, {{.kind = "server", .allowed = 27, .used = 9}})).empty());
  EXPECT_TRUE(ours.connections_near_limit(at<LimitSeen>(10s, {full})).empty());
  EXPECT_EQ(ours.connections_near_limit(at<LimitSeen>(15s, {full})).size(), 1u);
}

TEST(ConnectionsNearLimit, StartAnewForOneLimitWhileAnotherLasts) {
  auto ours = findings();
  const LimitSeen app{.kind = "role", .name = "app", .allowed = 5, .used = 5};
  const LimitSeen web{.kind = "role", .name = "web", .allowed = 5, .used = 5};
  ours.connections_near_limit(at<LimitSeen>(0s, {app, web}));
  EXPECT_EQ(ours.connections_near_limit(at<LimitSeen>(5s, {web})).size(), 1u);
  EXPECT_TRUE(ours.connections_near_limit(at<LimitSeen>(10s, {app, web})).empty());
  EXPECT_EQ(ours.connections_near_limit(at<LimitSeen>(15s, {app, web})).size(), 1u);
}

TEST(ConnectionsNearLimit, NameTheLimitAndTheLargestGroup) {
  auto ours = findings();
  const std::vector<LimitSeen> rows{{.kind = "server",
                                     .allowed = 10,
                                     .used = 10,
                                     .idle = 9,
                                     .group_sessions = 8,
                                     .group_user = "app",
                                     .group_application = "leaky",
                                     .group_client_address = "10.0.0.7"},
                                    {.kind = "role", .name = "app", .allowed = 8, .used = 8},
                                    {.kind = "database", .name = "shop", .allowed = 9, .used = 9}};
  ours.connections_near_limit(at(0s, rows));
  const auto sightings = ours.connections_near_limit(at(5s, rows));
  ASSERT_EQ(sightings.size(), 3u);
  const auto& server = sightings[0].exemplar;
  EXPECT_EQ(server.trouble, "connections_near_limit");
  EXPECT_EQ(server.intake, Intake::watch);
  EXPECT_EQ(server.server, ServerId("orders-1"));
  EXPECT_EQ(server.database, "");
  EXPECT_EQ(server.objects, pg::ObjectNames{});
  EXPECT_EQ(server.user, "app");
  EXPECT_EQ(server.application, "leaky");
  EXPECT_EQ(server.client_host, "10.0.0.7");
  EXPECT_EQ(server.message,
            "10 of the 10 connections of the server are used, 9 of them idle; the largest group has 8");
  EXPECT_EQ(sightings[0].keys, std::vector{server.key});
  EXPECT_EQ(sightings[1].exemplar.objects.role, "app");
  EXPECT_EQ(sightings[2].exemplar.database, "shop");
  EXPECT_EQ(sightings[2].exemplar.objects.database, "shop");
}

TEST(Findings, AreToldOnceAMinuteWhileTheyLastAndEndSilently) {
  auto ours = findings();
  std::size_t count = 0;
  for (int i = 0; i <= 24; ++i)
    count += ours.connections_near_limit(at<LimitSeen>(i * 5s, {{.kind = "server", .allowed = 9, .used = 9}}))
                 .size();
  EXPECT_EQ(count, 3u) << "in two minutes";
  EXPECT_TRUE(ours.connections_near_limit({}).empty());
}

TEST(Findings, AreAtMostTwentyOfOneSurvey) {
  std::vector<SequenceSeen> rows;
  for (int i = 0; i < 50; ++i) rows.push_back({.schema = "public", .sequence = std::to_string(i)});
  EXPECT_EQ(findings().sequence_near_exhaustion("shop", at(0s, rows)).size(), kTroublesAtOnce);
}

SessionSeen session(const std::string& state, Duration in_transaction, Duration in_state) {
  return {.pid = 7,
          .backend_start = kNow - 24h,
          .xact_start = kNow - in_transaction,
          .state_change = kNow - in_state,
          .state = state,
          .backend_type = "client backend",
          .user = "app",
          .application = "web",
          .database = "shop",
          .query = "select 1"};
}

TEST(OldXmin, IsToldOfSessionsByWhetherTheyAreForgottenOrAtWork) {
  struct Case {
    const char* what;
    XminHolder holder;
    std::optional<Severity> told;
  };
  auto dump = session("idle in transaction", 2h, 2h);
  dump.application = "pg_dump";
  auto own = session("idle in transaction", 2h, 2h);
  own.user = "observer";
  const auto forgotten = session("idle in transaction", 2h, 1h);
  const Case cases[] = {
      {"forgotten", {.session = forgotten, .xmin_age = 2}, Severity::high},
      {"nobody wrote since", {.session = forgotten, .xmin_age = 1}, std::nullopt},
      {"not yet forgotten",
       {.session = session("idle in transaction", 29min, 29min), .xmin_age = 9},
       std::nullopt},
      {"a batch that computes",
       {.session = session("idle in transaction", 2h, 3s), .xmin_age = 9},
       std::nullopt},
      {"a report", {.session = session("active", 2h, 2h), .xmin_age = 9}, std::nullopt},
      {"a report without end", {.session = session("active", 7h, 7h), .xmin_age = 9}, Severity::low},
      {"the leader of a parallel dump", {.session = dump, .xmin_age = 9}, std::nullopt},
      {"Selfheal", {.session = own, .xmin_age = 9}, std::nullopt},
  };
  for (const auto& [what, holder, severity] : cases) {
    const auto sightings = findings().old_xmin(at<XminHolder>(0s, {holder}));
    ASSERT_EQ(sightings.size(), severity ? 1u : 0u) << what;
    if (!severity) continue;
    EXPECT_EQ(sightings[0].error_class.severity, *severity) << what;
    EXPECT_EQ(sightings[0].exemplar.pid, 7);
    EXPECT_EQ(sightings[0].exemplar.session_start, holder.session.backend_start);
    EXPECT_EQ(sightings[0].exemplar.backend_type, "client backend");
    EXPECT_EQ(sightings[0].exemplar.database, "shop");
  }
}

const auto kXmin = [](Findings& ours, const Seen<XminHolder>& seen) { return ours.old_xmin(seen); };

TEST(OldXmin, OfASlotOrAStandbyIsTimedByTheWatch) {
  const XminHolder slot{
      .session = {.backend_type = "replication slot"}, .slot = "cdc", .held = "731", .xmin_age = 9};
  const XminHolder standby{.session = {.pid = 9, .backend_type = "walsender", .application = "replica"},
                           .held = "731",
                           .xmin_age = 9};
  for (const auto& holder : {slot, standby}) {
    EXPECT_EQ(told(holder, 29min, kXmin), 0u);
    EXPECT_GE(told(holder, 31min, kXmin), 1u);
  }
  auto ours = findings();
  std::size_t count = 0;
  for (int i = 0; i < 240; ++i) {
    auto moving = slot;
    moving.held = std::to_string(731 + i / 20);
    count += ours.old_xmin(at<XminHolder>(i * kSurvey, {moving})).size();
  }
  EXPECT_EQ(count, 0u) << "its consumer goes on";
  const XminHolder worker{
      .session = {.pid = 5, .backend_type = "background worker"}, .held = "731", .xmin_age = 9};
  EXPECT_EQ(told(worker, 60min, kXmin), 0u) << "nobody knows since when";
}

TEST(OldXmin, OfAStandbyIsNotToldWhileItsPrimaryHoldsTheSame) {
  auto ours = findings();
  Thresholds at_once;
  at_once.old_xmin_after = {};
  ours.set(at_once);
  const XminHolder standby{.session = {.pid = 9, .backend_type = "walsender"}, .held = "731", .xmin_age = 9};
  auto batch = session("active", 2h, 2h);
  EXPECT_TRUE(ours.old_xmin(at<XminHolder>(0s, {{.session = batch, .xmin_age = 9}, standby})).empty());
  const auto sightings = ours.old_xmin(at<XminHolder>(kSurvey, {standby, {.session = batch, .xmin_age = 8}}));
  ASSERT_EQ(sightings.size(), 1u);
  EXPECT_EQ(sightings[0].exemplar.backend_type, "walsender");
}

TEST(OldXmin, OfAPreparedTransactionNamesIt) {
  const XminHolder prepared{.session = {.xact_start = kNow - 1h,
                                        .state_change = kNow - 1h,
                                        .state = "prepared",
                                        .backend_type = "prepared transaction",
                                        .user = "app",
                                        .application = "orphan-1",
                                        .database = "shop"},
                            .held = "5",
                            .xmin_age = 3};
  const auto sightings = findings().old_xmin(at<XminHolder>(0s, {prepared}));
  ASSERT_EQ(sightings.size(), 1u);
  EXPECT_EQ(sightings[0].exemplar.application, "orphan-1");
  EXPECT_EQ(sightings[0].exemplar.pid, 0);
}

TEST(OldXmin, ThatHoldsBackCatalogsOnlyIsALesserMatter) {
  auto ours = findings();
  Thresholds at_once;
  at_once.old_xmin_after = {};
  ours.set(at_once);
  const XminHolder slot{
      .session = {.backend_type = "replication slot"}, .slot = "cdc", .xmin_age = 9, .catalog_only = true};
  const auto sightings = ours.old_xmin(at<XminHolder>(0s, {slot}));
  ASSERT_EQ(sightings.size(), 1u);
  EXPECT_EQ(sightings[0].error_class.severity, Severity::low);
  EXPECT_EQ(sightings[0].exemplar.objects.slot, "cdc");
}

TEST(InactiveReplicationSlot, IsToldWhenItKeepsMuchWalForMinutes) {
  const auto judge = [](Findings& ours, const Seen<SlotSeen>& seen) {
    return ours.inactive_replication_slot(seen);
  };
  constexpr std::int64_t kGiB = std::int64_t{1} << 30;
  const auto slot = [](const char* status, std::int64_t retained, std::int64_t keep) {
    return SlotSeen{.slot = "cdc", .wal_status = status, .retained = retained, .keep_size = keep};
  };
  EXPECT_GE(told(slot("extended", kGiB, -1), 6min, judge), 1u);
  EXPECT_EQ(told(slot("extended", kGiB, -1), 4min, judge), 0u) << "its consumer may only restart";
  EXPECT_EQ(told(slot("reserved", kGiB - 1, -1), 6min, judge), 0u);
  EXPECT_GE(told(slot("reserved", kGiB / 4, kGiB / 2), 6min, judge), 1u) << "half of what the server grants";
  EXPECT_GE(told(slot("unreserved", 1, -1), 6min, judge), 1u);
  EXPECT_GE(told(slot("lost", 0, -1), 6min, judge), 1u);
}

TEST(WraparoundAge, IsToldByTheServersOwnSettings) {
  const auto age = [](std::int64_t xid, std::int64_t mxid, std::int64_t freeze_max = 200'000'000) {
    return DatabaseAge{.database = "shop",
                       .xid_age = xid,
                       .mxid_age = mxid,
                       .freeze_max_age = freeze_max,
                       .multixact_freeze_max_age = 400'000'000,
                       .failsafe_age = 1'600'000'000,
                       .multixact_failsafe_age = 1'600'000'000};
  };
  struct Case {
    DatabaseAge row;
    const char* parameter;
    Severity severity;
  };
  const Case cases[] = {
      {age(210'000'000, 0), "", Severity::low},
      {age(300'000'000, 0), "autovacuum_freeze_max_age", Severity::medium},
      {age(1'600'000'000, 0), "vacuum_failsafe_age", Severity::high},
      {age(1'700'000'000, 0, 1'900'000'000), "", Severity::low},
      {age(1'995'000'000, 0, 1'900'000'000), "vacuum_failsafe_age", Severity::high},
      {age(0, 600'000'000), "autovacuum_multixact_freeze_max_age", Severity::medium},
      {age(0, 1'600'000'000), "vacuum_multixact_failsafe_age", Severity::high},
  };
  for (const auto& [row, parameter, severity] : cases) {
    auto ours = findings();
    EXPECT_TRUE(ours.wraparound_age(at<DatabaseAge>(0s, {row})).empty());
    const auto sightings = ours.wraparound_age(at<DatabaseAge>(kSurvey, {row}));
    ASSERT_EQ(sightings.size(), *parameter == '\0' ? 0u : 1u) << row.xid_age << " " << row.mxid_age;
    if (sightings.empty()) continue;
    EXPECT_EQ(sightings[0].exemplar.objects.parameter, parameter);
    EXPECT_EQ(sightings[0].exemplar.database, "shop");
    EXPECT_EQ(sightings[0].error_class.severity, severity);
  }
}

TEST(AutovacuumOff, ForTheServerIsToldWhenItLasts) {
  const auto judge = [](Findings& ours, const Seen<DatabaseAge>& seen) { return ours.autovacuum_off(seen); };
  EXPECT_EQ(told(DatabaseAge{.autovacuum = false}, 9min, judge), 0u) << "a bulk load";
  EXPECT_GE(told(DatabaseAge{.autovacuum = false}, 11min, judge), 1u);
  EXPECT_GE(told(DatabaseAge{.track_counts = false}, 11min, judge), 1u);
  EXPECT_EQ(told(DatabaseAge{}, 11min, judge), 0u);
}

TEST(InvalidIndex, IsToldWhenNobodyIsAtWorkInTwoLooks) {
  const auto judge = [](Findings& ours, const Seen<InvalidIndex>& seen) {
    return ours.invalid_index("shop", seen);
  };
  const InvalidIndex left{.schema = "public", .table = "orders", .index = "orders_ref", .oid = 16'400};
  auto in_work = left;
  in_work.in_work = true;
  EXPECT_EQ(told(left, 0s, judge), 0u);
  EXPECT_EQ(told(left, kSurvey, judge), 1u);
  EXPECT_EQ(told(in_work, 10min, judge), 0u);
  auto ours = findings();
  ours.invalid_index("shop", at<InvalidIndex>(0s, {left}));
  ours.invalid_index("shop", at<InvalidIndex>(kSurvey, {in_work}));
  EXPECT_TRUE(ours.invalid_index("shop", at<InvalidIndex>(2 * kSurvey, {left})).empty())
      << "absent in one look";
  const auto sightings = ours.invalid_index("shop", at<InvalidIndex>(3 * kSurvey, {left}));
  ASSERT_EQ(sightings.size(), 1u);
  const pg::ObjectNames names{
      .database = "shop", .schema = "public", .table = "orders", .index = "orders_ref"};
  EXPECT_EQ(sightings[0].exemplar.objects, names);
  EXPECT_EQ(sightings[0].exemplar.database, "shop");
}

TEST(InvalidIndex, OfOneDatabaseIsNotForgottenForAnother) {
  auto ours = findings();
  const InvalidIndex left{.schema = "public", .table = "orders", .index = "orders_ref", .oid = 16'400};
  ours.invalid_index("shop", at<InvalidIndex>(0s, {left}));
  ours.invalid_index("stock", {});
  EXPECT_EQ(ours.invalid_index("shop", at<InvalidIndex>(kSurvey, {left})).size(), 1u);
}

TEST(SequenceNearExhaustion, NamesTheSequenceAndTheColumnItFeeds) {
  const SequenceSeen row{.schema = "public",
                         .sequence = "orders_id_seq",
                         .table = "orders",
                         .column = "id",
                         .value = 2'040'109'465,
                         .last = 2'147'483'647,
                         .used_percent = 95};
  const auto sightings = findings().sequence_near_exhaustion("shop", at<SequenceSeen>(0s, {row}));
  ASSERT_EQ(sightings.size(), 1u);
  const auto& event = sightings[0].exemplar;
  const pg::ObjectNames names{
      .database = "shop", .schema = "public", .table = "orders", .column = "id", .sequence = "orders_id_seq"};
  EXPECT_EQ(event.objects, names);
  EXPECT_EQ(event.message, "a sequence has used 95 % of its values: 2040109465 of 2147483647");
}

TEST(Tables, AreToldWhenTheirStatisticsStayStaleOrTheirDeadRowsStay) {
  const TableSeen stale{
      .schema = "public", .table = "events", .oid = 1, .live = 100, .changed = 90, .is_stale = true};
  const TableSeen dead{.schema = "public", .table = "queue", .oid = 2, .dead = 90, .is_unvacuumed = true};
  const auto judge = [](Findings& ours, const Seen<TableSeen>& seen) { return ours.tables("shop", seen); };
  EXPECT_EQ(told(stale, 9min, judge), 0u) << "autovacuum may still come";
  EXPECT_GE(told(stale, 10min, judge), 1u);
  EXPECT_EQ(told(dead, 0s, judge), 0u);
  EXPECT_EQ(told(dead, kSurvey, judge), 1u);
  auto ours = findings();
  ours.tables("shop", at<TableSeen>(0s, {stale, dead}));
  const auto sightings = ours.tables("shop", at<TableSeen>(10min, {stale, dead}));
  ASSERT_EQ(sightings.size(), 2u);
  EXPECT_EQ(sightings[0].exemplar.trouble, "stale_statistics");
  EXPECT_EQ(sightings[0].exemplar.objects.table, "events");
  EXPECT_EQ(sightings[0].exemplar.message,
            "90 rows changed since a table with 100 rows was made; it was never analysed");
  EXPECT_EQ(sightings[1].exemplar.trouble, "autovacuum_off");
  EXPECT_EQ(sightings[1].exemplar.objects.table, "queue");
  EXPECT_EQ(sightings[1].exemplar.objects.parameter, "");
}

TEST(Tables, ThatAreAnalysedAgainAndAgainAreNotToldHoweverFastTheyChange) {
  auto ours = findings();
  std::size_t count = 0;
  for (int i = 0; i < 60; ++i) {
    const TableSeen busy{
        .table = "hot", .oid = 1, .is_stale = true, .last_analyze = kNow + i / 5 * 5 * kSurvey};
    count += ours.tables("shop", at<TableSeen>(i * kSurvey, {busy})).size();
  }
  EXPECT_EQ(count, 0u);
}

TEST(Survey, RefusesAnswersItCannotRead) {
  EXPECT_FALSE(read_connections({.columns = {"at"}, .rows = {{"2026-11-25 03:40:00+00"}}}));
  EXPECT_FALSE(read_sequences({}));
  const auto none = read_tables({});
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->at);
}

}  // namespace
}  // namespace selfheal::watch
