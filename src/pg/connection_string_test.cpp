#include "pg/connection_string.h"

#include <gtest/gtest.h>

namespace selfheal::pg {
namespace {

TEST(ConnectionString, ReadsEveryForm) {
  for (const auto* text :
       {"postgresql://app:s%40cret@db.example:6432/shop?sslmode=require",
        "postgres://app:s%40cret@db.example:6432/shop?sslmode=require",
        "postgresql+psycopg2://app:s%40cret@db.example:6432/shop?sslmode=require",
        "postgresql+asyncpg://app:s%40cret@db.example:6432/shop?sslmode=require",
        "host=db.example port=6432 dbname=shop user=app password='s@cret' sslmode=require"}) {
    const auto target = parse_connection_string(text);
    ASSERT_TRUE(target) << text << ": " << target.error().message;
    EXPECT_EQ(target->password.reveal_to_client(), "s@cret");
    EXPECT_EQ(target->display, "db.example:6432/shop") << text;
    EXPECT_EQ(target->conninfo_without_password.find("cret"), std::string::npos);
    for (const auto* pair :
         {"host='db.example'", "port='6432'", "dbname='shop'", "user='app'", "sslmode='require'"})
      EXPECT_NE(target->conninfo_without_password.find(pair), std::string::npos) << pair;
    // What we write, we read.
    const auto again = parse_connection_string(target->conninfo_without_password);
    ASSERT_TRUE(again);
    EXPECT_EQ(again->conninfo_without_password, target->conninfo_without_password);
    EXPECT_TRUE(again->password.empty());
  }
}

TEST(ConnectionString, ShowsWhereItGoes) {
  const std::pair<const char*, const char*> cases[] = {
      {"postgresql:///shop", "local:5432/shop"},
      {"postgresql://[::1]:5433/shop", "[::1]:5433/shop"},
      {"postgresql://a:1,b:2/shop", "a:1,b:2/shop"},
      {"host=/run/postgresql dbname=shop", "/run/postgresql:5432/shop"},
      {"hostaddr=10.0.0.1", "10.0.0.1:5432"},
      {"postgresql://u:p@h/d?application_name=it%27s", "h:5432/d"},
  };
  for (const auto& [text, display] : cases) {
    const auto target = parse_connection_string(text);
    ASSERT_TRUE(target) << text << ": " << target.error().message;
    EXPECT_EQ(target->display, display) << text;
  }
}

TEST(ConnectionString, RefusesWithoutRepeatingThePassword) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "empty"},
      {"  ", "empty"},
      {"mysql://u:hunter2@h/d", "scheme"},
      {"postgresql+://u:hunter2@h/d", "scheme"},
      {"postgresql+psy copg://u:hunter2@h/d", "="},
      {"postgresql://u:hunter2%zz@h/d", "%"},
      {"postgresql://u:hunter2@h:port/d", "port"},
      {"postgresql://u:hunter2@h/d?nope=1", "parameter"},
      {"postgresql://u:hunter2@h/d?sslmode", "no ="},
      {"postgresql://u:hunter2@[::1/d", "]"},
      {"host=h hunter2", "="},
      {"password='hunter2", "'"},
      {"hunter2=1", "key"},
      {std::string("host=h\0hunter2", 14), "NUL"},
      {"host=\xff hunter2", "UTF-8"},
      {"postgresql://u:hunter2@h/%99", "escape"},
      {"host=" + std::string(9000, 'x'), "8 KiB"},
  };
  for (const auto& [text, why] : cases) {
    const auto target = parse_connection_string(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, ErrorCode::invalid_input);
    EXPECT_NE(target.error().message.find(why), std::string::npos)
        << text << " -> " << target.error().message;
    EXPECT_EQ(target.error().message.find("hunter2"), std::string::npos) << target.error().message;
  }
}

TEST(ConnectionString, TellsThisMachineFromOthers) {
  for (const auto* here : {"host=/run/postgresql", "dbname=shop", "host=localhost,127.0.0.1",
                           "postgresql://[::1]/shop", "host=db hostaddr=127.0.0.1"})
    EXPECT_TRUE(is_this_machine(parse_connection_string(here).value())) << here;
  for (const auto* away : {"host=db", "postgresql://10.0.0.7/shop", "host=localhost,db",
                           "host=/run/postgresql hostaddr=10.0.0.7"})
    EXPECT_FALSE(is_this_machine(parse_connection_string(away).value())) << away;
}

}  // namespace
}  // namespace selfheal::pg
