#include "pg/statement.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "base/limits.h"
#include "base/thread.h"

namespace selfheal::pg {
namespace {

// The parser needs the stack of a worker.
Result<StatementFacts> facts_of(std::string_view sql) {
  Result<StatementFacts> facts = failure("not run");
  Thread worker("parser", kWorkerStackBytes, [&] { facts = statement_facts(sql); });
  worker.join();
  return facts;
}
std::string fingerprint_of(std::string_view sql) {
  std::string fingerprint;
  Thread worker("parser", kWorkerStackBytes, [&] { fingerprint = statement_fingerprint(sql); });
  worker.join();
  return fingerprint;
}

struct ShapeCase {
  const char* sql;
  const char* shape;
};

TEST(Shape, RemovesEveryKindOfLiteral) {
  const ShapeCase cases[] = {
      {"select 'a''b', E'it\\'s', U&'d\\0061t', B'01', x'1F', n'x', 12, 1.5e-3, .5, 0x1F, 1_000",
       "select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?"},
      {"select $$it's$$, $tag$ $$ ' $tag$, $1", "select ?, ?, $1"},
      {"SELECT  *\n\tFROM \"Orders\"  -- ann@x.io\n WHERE id=1", "SELECT * FROM \"Orders\" WHERE id=?"},
      {"select /* a /* nested */ secret */ 1", "select ?"},
      {"select 'a' 'b'\n'c'", "select ? ? ?"},
      {"select a$b$c from t1", "select a$b$c from t1"},
      {"select u&\"d\\0061t\"", "select u&\"d\\0061t\""},
      {"", ""},
      {" \n ", ""},
  };
  for (const auto& [sql, shape] : cases) EXPECT_EQ(shape_of(sql), shape) << sql;
}

TEST(Shape, FoldsListsAndRowsOfValues) {
  const ShapeCase cases[] = {
      {"x in (1, 2,3)", "x in (?, …)"},
      {"x in (1)", "x in (?)"},
      {"x in (-1, +2, - 3)", "x in (?, …)"},
      {"insert into t values (1,'a'),(2,'b'), (3,'c') returning id",
       "insert into t values (?, …), … returning id"},
      {"values (1, now(), 2)", "values (?, now(), ?)"},
  };
  for (const auto& [sql, shape] : cases) EXPECT_EQ(shape_of(sql), shape) << sql;
}

TEST(Shape, RemovesTheRestWhereItCannotBeSure) {
  const ShapeCase cases[] = {
      {"select 'open secret", "select ‹…›"},
      {"select \"open secret", "select ‹…›"},
      {"select $x$ secret $y$", "select ‹…›"},
      {"select $my secret$x$my secret$::int", "select ‹…›"},
      {"select 1 /* secret", "select ? ‹…›"},
      // With standard_conforming_strings off, the string goes on after \'.
      {"select 'a\\', 'secret', 'b' from t", "select ‹…›"},
      {"select U&'a\\', secret", "select ‹…›"},
      {"select a\xff secret", "select a ‹…›"},
      {"select E'a\\' secret", "select ‹…›"},
  };
  for (const auto& [sql, shape] : cases) EXPECT_EQ(shape_of(sql), shape) << sql;
  EXPECT_EQ(shape_of(std::string_view("a \0 secret", 10)), "a ‹…›");
}

TEST(Shape, OfAShapeIsTheSame) {
  for (const auto* sql :
       {"x in (-1,2)", "select 'a'||'b', -1", "a ? 'k'", "(1,2),(3,4),(5,6)", "select 'open", "1'a'2",
        "'a'--c\n", "values (-1,-2), (?, …), …", "x ‹…› y", "?-?", "(-?, ?)", "- -1 - /* c */ -1"}) {
    const std::string once = shape_of(sql);
    EXPECT_EQ(shape_of(once), once) << sql;
  }
}

TEST(StatementFacts, ReadAnInsert) {
  const auto facts = facts_of(
      "insert into sales.orders (id, ref, at) select 1, 'x', now() from drafts union all select 2, 'y', "
      "now() from sales.orders");
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->kind, "INSERT");
  const std::vector<StatementFacts::Relation> relations = {{"sales", "orders"}, {"", "drafts"}};
  EXPECT_EQ(facts->relations, relations);
  EXPECT_EQ(facts->insert_columns, (std::vector<std::string>{"id", "ref", "at"}));
  EXPECT_TRUE(facts->insert_names_columns);
  EXPECT_FALSE(facts->insert_default_values);
  EXPECT_TRUE(facts->defaulted_columns.empty());
  EXPECT_EQ(facts->fingerprint.size(), 16u);
}

TEST(StatementFacts, TellColumnsThatAreDefaultInEveryRow) {
  const auto facts = facts_of("insert into t(a,b,c) values (default,1,default),(default,default,default)");
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->defaulted_columns, (std::vector<std::string>{"a", "c"}));

  const auto unnamed = facts_of("insert into t values (default, 1)");
  ASSERT_TRUE(unnamed);
  EXPECT_FALSE(unnamed->insert_names_columns);
  EXPECT_TRUE(unnamed->defaulted_columns.empty());

  const auto defaults = facts_of("insert into t default values");
  ASSERT_TRUE(defaults);
  EXPECT_TRUE(defaults->insert_default_values);
}

TEST(StatementFacts, PutTheTargetFirstAndLeaveOutCommonTableExpressions) {
  const auto facts = facts_of(
      "with c as (select * from a), d as (select 1) update s.t set x = 1 from c join d on true where t.id in "
      "(select id from e)");
  ASSERT_TRUE(facts) << facts.error().message;
  const std::vector<StatementFacts::Relation> relations = {{"s", "t"}, {"", "a"}, {"", "e"}};
  auto found = facts->relations;
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front(), relations.front());
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(found.begin() + 1, found.end(), by_name);
  EXPECT_EQ(found, relations);
}

TEST(StatementFacts, NameTheKindAsACommandTag) {
  const std::pair<const char*, const char*> cases[] = {
      {"select 1", "SELECT"},
      {"select 1 into x", "SELECT INTO"},
      {"delete from t", "DELETE"},
      {"merge into a using b on a.x=b.x when matched then do nothing", "MERGE"},
      {"copy t from stdin", "COPY"},
      {"begin", "BEGIN"},
      {"rollback to s", "ROLLBACK"},
      {"commit", "COMMIT"},
      {"create table t(a int)", "CREATE TABLE"},
      {"create table t as select 1", "CREATE TABLE AS"},
      {"create materialized view m as select 1", "CREATE MATERIALIZED VIEW"},
      {"refresh materialized view m", "REFRESH MATERIALIZED VIEW"},
      {"create index on t(a)", "CREATE INDEX"},
      {"alter table t add a int", "ALTER TABLE"},
      {"alter table t rename column a to b", "ALTER TABLE"},
      {"alter index i rename to j", "ALTER INDEX"},
      {"drop materialized view m", "DROP MATERIALIZED VIEW"},
      {"truncate t", "TRUNCATE TABLE"},
      {"lock table t", "LOCK TABLE"},
      {"vacuum t", "VACUUM"},
      {"analyze t", "ANALYZE"},
      {"set x = 1", "SET"},
      {"reset all", "RESET"},
      {"create procedure p() language sql as ''", "CREATE PROCEDURE"},
      {"create function p() returns int language sql as ''", "CREATE FUNCTION"},
      {"alter role r login", "ALTER ROLE"},
      {"grant select on t to r", "GRANT"},
      {"call p()", "CALL"},
      {"do $$ begin end $$", "DO"},
      {"explain select 1", "EXPLAIN"},
      {"discard all", "DISCARD"},
      {"execute p(1)", "EXECUTE"},
  };
  for (const auto& [sql, kind] : cases) {
    const auto facts = facts_of(sql);
    ASSERT_TRUE(facts) << sql << ": " << facts.error().message;
    EXPECT_EQ(facts->kind, kind) << sql;
  }
}

TEST(StatementFacts, NameDroppedTables) {
  const auto facts = facts_of("drop table a.b, c");
  ASSERT_TRUE(facts);
  const std::vector<StatementFacts::Relation> relations = {{"a", "b"}, {"", "c"}};
  EXPECT_EQ(facts->relations, relations);
}

TEST(StatementFacts, RefuseWhatTheParserMustNotSee) {
  const std::string nested = std::string(17 * 2, ' ') + "select 1";
  std::string comments;
  for (int i = 0; i < 17; ++i) comments += "/*";
  for (int i = 0; i < 17; ++i) comments += "*/";
  const std::pair<std::string, const char*> cases[] = {
      {"select '" + std::string(kParsedSqlBytes, 'x') + "'", "longer"},
      {std::string("select 1\0, 2", 12), "NUL"},
      {"select '\xff'", "UTF-8"},
      {comments + " select 1", "comments"},
      {"select from where secret", "not valid"},
      {"", "found 0"},
      {"select 1; select 2", "found 2"},
  };
  for (const auto& [sql, why] : cases) {
    const auto facts = facts_of(sql);
    ASSERT_FALSE(facts) << why;
    EXPECT_EQ(facts.error().code, ErrorCode::invalid_input);
    EXPECT_NE(facts.error().message.find(why), std::string::npos) << facts.error().message;
    EXPECT_EQ(facts.error().message.find("secret"), std::string::npos);
  }
}

// Users saw the whole process end: libpg_query recurses as deep as the statement is nested.
TEST(StatementFacts, SurviveTheDeepestStatementThatFits) {
  std::string sum = "select 1";
  while (sum.size() + 2 <= kParsedSqlBytes) sum += "+1";
  const auto facts = facts_of(sum);
  EXPECT_FALSE(facts);
  EXPECT_EQ(fingerprint_of(sum).size(), 16u);

  std::string unions = "select 1";
  while (unions.size() + 15 <= kParsedSqlBytes) unions += " union select 1";
  EXPECT_EQ(fingerprint_of(unions).size(), 16u);
  std::string parentheses = "select " + std::string(kParsedSqlBytes / 2 - 8, '(') + "1";
  parentheses += std::string(kParsedSqlBytes / 2 - 8, ')');
  EXPECT_FALSE(fingerprint_of(parentheses).empty());
}

TEST(Fingerprint, IgnoresLiteralsAndListLength) {
  const auto one = fingerprint_of("select * from t where id in (1, 2) and n = 'a'");
  EXPECT_EQ(one, fingerprint_of("SELECT * FROM t WHERE id IN (3, 4, 5) AND n = 'b'"));
  EXPECT_NE(one, fingerprint_of("select * from u where id in (1, 2) and n = 'a'"));
  EXPECT_EQ(one.size(), 16u);
}

TEST(Fingerprint, OfWhatDoesNotParseIsThatOfItsShape) {
  const auto one = fingerprint_of("selec 1 from t where n = 'a'");
  EXPECT_TRUE(one.starts_with("t:")) << one;
  EXPECT_EQ(one.size(), 2u + 32u);
  EXPECT_EQ(one, fingerprint_of("selec 2 from t  where n = 'b'"));
  EXPECT_NE(one, fingerprint_of("selec 2 from u where n = 'b'"));
  const std::string rows(kParsedSqlBytes, ' ');
  EXPECT_EQ(fingerprint_of("insert into t values (1,2)" + rows),
            fingerprint_of("insert into t values (3,4)" + rows));
}

}  // namespace
}  // namespace selfheal::pg
