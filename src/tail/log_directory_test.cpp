#include "tail/internal/log_directory.h"

#include <gtest/gtest.h>

namespace selfheal::tail {
namespace {

TEST(LogDirectory, TellsTheFormatsApartByName) {
  const LogNames json{LogFormat::jsonlog, "pg-%a.log"};
  const LogNames csv{LogFormat::csvlog, "pg-%a.log"};
  const LogNames plain{LogFormat::stderr_, "pg-%a.log"};
  EXPECT_TRUE(is_log_name("pg-Mon.json", json));
  EXPECT_TRUE(is_log_name("pg-Mon.csv.1", csv));
  EXPECT_TRUE(is_log_name("pg-Mon.log-20261125", plain));
  for (const auto* name : {"pg-Mon.csv", "pg-Mon.json", "pgbouncer.log", "pg-Mon.log.gz", ".pg-Mon.log"})
    EXPECT_FALSE(is_log_name(name, plain)) << name;
  EXPECT_FALSE(is_log_name("pg-Mon.log", csv));
  EXPECT_TRUE(is_log_name("server.out", {LogFormat::stderr_, "server.out"}));
  EXPECT_TRUE(is_log_name("server.out.csv", {LogFormat::csvlog, "server.out"}));
  EXPECT_FALSE(is_log_name("a-b", {LogFormat::stderr_, "a[*]b"}));
  EXPECT_TRUE(is_log_name("100%-x", {LogFormat::stderr_, "100%%-%H"}));
}

TEST(LogDirectory, KnowsCompressedCopiesByTheNameBelow) {
  const LogNames packed{LogFormat::csvlog, "pg-%a.log", true};
  EXPECT_TRUE(is_log_name("pg-Mon.csv.1.gz", packed));
  EXPECT_TRUE(is_log_name("pg-Mon.csv-20261125.zst", packed));
  EXPECT_FALSE(is_log_name("pg-Mon.csv.1", packed));
  EXPECT_FALSE(is_log_name("pg-Mon.json.gz", packed));
}

}  // namespace
}  // namespace selfheal::tail
