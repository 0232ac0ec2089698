#include <gtest/gtest.h>

#include <fmt/format.h>

#include <regex>
#include <string>

#include "knowledge/knowledge.h"
#include "support/client_session.h"
#include "support/temporary_postgres.h"

namespace selfheal::knowledge {
namespace {

// The names that the runbooks' examples use.
constexpr std::string_view kExamples = R"(
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION amcheck;
CREATE ROLE app;
CREATE ROLE r;
CREATE ROLE owner;
CREATE TABLE t (id integer, key text, c text, a integer[], doc jsonb, x integer, divisor integer);
CREATE TABLE the_table (id serial);
CREATE INDEX the_index ON the_table (id);
CREATE SEQUENCE the_sequence;
CREATE VIEW the_view AS SELECT 1 AS a;
CREATE TYPE the_type AS ENUM ('a');
CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA s;
CREATE TABLE s.t (id serial);
)";

// A complete statement in a text ends with a semicolon; what does not is a sentence about one.
std::vector<std::string> statements_in(std::string_view text) {
  static const std::regex statement(R"(\b(SELECT|SHOW) [^;]*;)");
  std::vector<std::string> found;
  const std::string all(text);
  for (std::sregex_iterator at(all.begin(), all.end(), statement), end; at != end; ++at)
    found.push_back(at->str());
  return found;
}

TEST(RunbooksPg, WhatAReaderIsToldToAskRunsAndOnlyReads) {
  test::TemporaryPostgres postgres({.settings = {{"shared_preload_libraries", "pg_stat_statements"}}});
  test::ClientSession session(postgres.conninfo());
  const auto made = session.exec(std::string(kExamples));
  ASSERT_TRUE(made.ok) << made.message;
  std::size_t asked = 0;
  for (const auto& runbook : runbooks())
    for (const auto& statement : statements_in(runbook.check)) {
      ASSERT_TRUE(session.exec("BEGIN READ ONLY").ok);
      const auto answer = session.exec(statement);
      EXPECT_TRUE(answer.ok) << runbook.name << ": " << statement << "\n" << answer.message;
      session.exec("ROLLBACK");
      ++asked;
    }
  EXPECT_GT(asked, 200u);
}

}  // namespace
}  // namespace selfheal::knowledge
