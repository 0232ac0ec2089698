#include "server/log_source.h"

#include <gtest/gtest.h>

namespace selfheal::server {
namespace {

using tail::LogFormat;

LogSettings collected(const std::string& destination) {
  return {.data_directory = "/data",
          .log_directory = "log",
          .log_destination = destination,
          .logging_collector = "on",
          .log_filename = "pg-%a.log",
          .log_line_prefix = "%m [%p] "};
}

TEST(LogSource, PrefersTheFormatThatNeedsNoGuess) {
  EXPECT_EQ(log_source_of(collected("stderr,csvlog,jsonlog"), "").value().format, LogFormat::jsonlog);
  EXPECT_EQ(log_source_of(collected("stderr, csvlog"), "").value().format, LogFormat::csvlog);
  const auto plain = log_source_of(collected("stderr"), "").value();
  EXPECT_EQ(plain.format, LogFormat::stderr_);
  EXPECT_EQ(plain.directory, "/data/log");
  EXPECT_EQ(plain.log_filename, "pg-%a.log");
  EXPECT_EQ(plain.log_line_prefix, "%m [%p] ");
}

TEST(LogSource, TakesAnAbsoluteDirectoryAndTheOwnersWord) {
  auto settings = collected("jsonlog");
  settings.log_directory = "/var/log/pg";
  EXPECT_EQ(log_source_of(settings, "").value().directory, "/var/log/pg");
  const auto told = log_source_of(settings, "/mnt/copy").value();
  EXPECT_EQ(told.directory, "/mnt/copy");
  EXPECT_EQ(told.log_filename, "");
}

TEST(LogSource, ReadsWithoutACollectorOnlyWhatTheOwnerPointsAt) {
  auto settings = collected("stderr");
  settings.logging_collector = "off";
  const auto refused = log_source_of(settings, "");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("logging_collector = on"));
  settings.cluster_name = "15/main";
  const auto debian = log_source_of(settings, "/mnt/log").value();
  EXPECT_EQ(debian.format, LogFormat::stderr_);
  EXPECT_EQ(debian.log_filename, "postgresql-15-main.log");
  settings.cluster_name = "orders";
  EXPECT_EQ(log_source_of(settings, "/mnt/log").value().log_filename, "");
}

TEST(LogSource, RefusesALogThatIsInNoFile) {
  EXPECT_FALSE(log_source_of(collected("syslog"), ""));
  EXPECT_FALSE(log_source_of(collected("eventlog"), "/mnt/log"));
}

}  // namespace
}  // namespace selfheal::server
