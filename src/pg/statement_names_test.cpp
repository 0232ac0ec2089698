#include "pg/statement_names.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/random.h"
#include "base/thread.h"
#include "pg/internal/statement_key.h"
#include "pg/statement.h"

namespace selfheal::pg {
namespace {

// The parser needs the stack of a worker.
void on_deep_stack(std::function<void()> body) {
  Thread worker("parser", kWorkerStackBytes, std::move(body));
  worker.join();
}

// {} is a value of any kind.
const std::vector<std::string> kWithValues = {
    "select {}",
    "select * from t where a = {} and b > {} or c is null",
    "select a.x, .{} from t a limit {} offset {}",
    "insert into t (a, b) values ({}, {}), ({}, {}) on conflict (a) do update set b = {}",
    "INSERT INTO t SELECT {}, now() RETURNING id;",
    "update t set a = {}, b = b + {} where id in ({}, {}, {})",
    "delete from t where id = {} returning *",
    "with w as (insert into t values ({}) returning id) select * from w where id <> {}",
    "values ({}, {})",
    "select cast({} as numeric(10,2)), {}::varchar(20), date {}, interval {} day",
    "select x::float({}), current_timestamp({}), localtime ( {} ), interval({}) '1'",
    "select '{{}}'::int[{}], array[{}, {}], array[{}], a[{}], a[{}:{}], x::int array[{}]",
    "select {} -- {}\n, {}",
    "/* {} */ select {} /* {} */ + {}",
    "select {}\n{}",
    "select {} {}",
    "select a -{}, - {}, +{}, {}-{}, a<-{}, b@>{}",
    "select extract({} from x), substring(a from {} for {}), a like {} escape {}",
    "select * from t tablesample system ({}) repeatable ({}) fetch first {} rows only",
    "select sum(a) over (order by b rows {} preceding), row({}, {}), case a when {} then {} else {} end",
    "select e{}, u&{}, b{}, x{}, n{}",
    "select $1 + {}, $tag${}$tag$, \"t{}\"",
    "select {}; select {}",
    "select {}abc, {}.{}, {}..{}, {}e{}",
    "set statement_timeout = {}",
    "comment on table t is {}",
    "create table t{} (a varchar({}))",
    "notify c, {}",
    "select from where {}",
    "select ({}",
    "select \"a{}",
    "select 'it''s', {}, '{}'''",
};

std::string value(Random& chance) {
  const auto number = chance.below(1u << 30);
  switch (number % 12) {
    case 0:
      return fmt::format("'{}'", number);
    case 1:
      return "'it''s -- no /* comment'";
    case 2:
      return "''";
    case 3:
      return fmt::format("{}.{}", number % 100, number % 7);
    case 4:
      return fmt::format("{}", 1ull << (number % 64));
    case 5:
      return number % 2 == 0 ? "2147483647" : "2147483648";
    case 6:
      return "'päp\\'";
    case 7:
      return "'\xff'";
    case 8:
      return fmt::format("{}.", number % 100);
    default:
      return fmt::format("{}", number % 60);
  }
}

std::string filled(std::string text, Random& chance) {
  for (auto at = text.find("{}"); at != text.npos; at = text.find("{}", at)) {
    const auto with = value(chance);
    text.replace(at, 2, with);
    at += with.size();
  }
  return text;
}

TEST(StatementNames, SaysOfEachStatementWhatTheParserSays) {
  const auto seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom chance(seed);
  on_deep_stack([&] {
    StatementNames names;
    for (int round = 0; round < 300; ++round) {
      for (const auto& text : kWithValues) {
        const auto sql = filled(text, chance);
        ASSERT_EQ(names.fingerprint(sql), statement_fingerprint(sql)) << sql;
      }
    }
  });
}

TEST(StatementNames, ParsesOnceWhatDiffersByValues) {
  on_deep_stack([] {
    StatementNames names;
    for (int i = 0; i < 1000; ++i)
      names.fingerprint(fmt::format("select a from t where b = '{}' and c = {} /* {} */", i * 7, i, i));
    EXPECT_EQ(names.parses(), 1u);
  });
}

TEST(StatementNames, ForgetsWhatWasLongNotAskedFor) {
  on_deep_stack([] {
    StatementNames names(10);
    names.fingerprint("select kept");
    for (int i = 0; i < 100; ++i) {
      names.fingerprint(fmt::format("select a{}", i));
      names.fingerprint("select kept");
    }
    EXPECT_EQ(names.parses(), 101u);
    names.fingerprint("select a0");
    EXPECT_EQ(names.parses(), 102u);
  });
}

TEST(StatementKey, RefusesWhatItCannotTell) {
  std::string key;
  EXPECT_TRUE(internal::statement_key("select 1", key));
  for (const std::string_view sql :
       {std::string_view("select a\0b", 10), std::string_view(""), std::string_view("-- nothing"),
        std::string_view("create table t (a varchar(3))"), std::string_view("select 1; drop role x"),
        std::string_view("select E'\\x41'"), std::string_view("select U&'d\\0061'"),
        std::string_view("select U&\"d\""), std::string_view("select $$1$$"), std::string_view("select 'a"),
        std::string_view("select \"a"), std::string_view("select /* a"),
        std::string_view("select /* a /* b */ */ 1"), std::string_view("select 1e5"),
        std::string_view("select 12abc"), std::string_view("select x::float(3)"),
        std::string_view("select x::int[3]"), std::string_view("select '\xff'"),
        std::string_view("select \x01")}) {
    EXPECT_FALSE(internal::statement_key(sql, key)) << sql;
  }
  EXPECT_FALSE(internal::statement_key("select " + std::string(kParsedSqlBytes, 'a'), key));
}

}  // namespace
}  // namespace selfheal::pg
