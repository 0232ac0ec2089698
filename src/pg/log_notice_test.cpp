#include "pg/log_notice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace selfheal::pg {
namespace {

std::string name_of(std::string_view message) {
  const auto* notice = log_notice_of(message);
  return notice == nullptr ? "" : std::string(notice->name);
}

TEST(LogNotice, KnowsWhatTheServerSaysWithoutAnError) {
  // Sentences of PostgreSQL 15.
  EXPECT_EQ(name_of("process 42 still waiting for ShareLock on transaction 731 after 1000.123 ms"),
            "lock_wait");
  EXPECT_EQ(name_of("process 42 acquired ShareLock on transaction 731 after 2000.123 ms"), "lock_acquired");
  EXPECT_EQ(name_of("server process (PID 42) was terminated by signal 9: Killed"), "process_killed");
  EXPECT_EQ(name_of("archive command failed with exit code 1"), "archive_failed");
  EXPECT_EQ(name_of("unexpected EOF on client connection with an open transaction"), "transaction_abandoned");
  EXPECT_EQ(name_of("database \"shop\" must be vacuumed within 9999 transactions"), "wraparound_warning");
  EXPECT_EQ(name_of("database \"shop\" has a collation version mismatch"), "collation_mismatch");
  EXPECT_EQ(name_of("pg_hba.conf was not reloaded"), "hba_not_reloaded");
  EXPECT_EQ(name_of("configuration file \"/d/postgresql.conf\" contains errors; no changes were applied"),
            "configuration_refused");
  EXPECT_EQ(name_of("configuration file \"/d/p.conf\" contains errors; unaffected changes were applied"),
            "configuration_in_part");
}

TEST(LogNotice, LetsOrdinaryLinesPass) {
  for (const auto* ordinary :
       {"", "checkpoint starting: time", "checkpoint complete: wrote 44 buffers (0.3%)", "process",
        "database \"a\"", "connection received: host=[local]", "duration: 12.3 ms  statement: select 1",
        "automatic analyze of table \"shop.public.orders\"", "received fast shutdown request",
        "unexpected EOF on client connection"})
    EXPECT_EQ(name_of(ordinary), "") << ordinary;
}

TEST(LogNotice, CountsOnlyWhatIsLargeEnough) {
  EXPECT_EQ(name_of("temporary file: path \"base/pgsql_tmp/pgsql_tmp42.0\", size 9999999"), "");
  EXPECT_EQ(name_of("temporary file: path \"base/pgsql_tmp/pgsql_tmp42.0\", size 10000000"), "temp_file");
  const std::string vacuum =
      "automatic vacuum of table \"shop.public.orders\": index scans: 0\n"
      "pages: 0 removed, 9 remain, 9 scanned (100.00% of total)\ntuples: 0 removed, 20000 remain, ";
  EXPECT_EQ(name_of(vacuum + "9999 are dead but not yet removable, oldest xmin: 1"), "");
  EXPECT_EQ(name_of(vacuum + "10000 are dead but not yet removable, oldest xmin: 1"), "dead_rows_kept");
  EXPECT_EQ(name_of("temporary file: path \"x\", size no number"), "");
}

TEST(LogNotice, HasItsRowsSortedByName) {
  EXPECT_TRUE(std::ranges::is_sorted(log_notices(), {}, &LogNotice::name));
}

}  // namespace
}  // namespace selfheal::pg
