#pragma once

#include <boost/describe/class.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// SQL that a person wrote, which may only read.
namespace selfheal::contract {

struct SqlRequest {
  static constexpr std::string_view kRequired[] = {"sql"};
  std::string sql;                    // one statement
  std::optional<std::string> server;  // a watched server; may be absent while only one is watched
};
BOOST_DESCRIBE_STRUCT(SqlRequest, (), (sql, server))

struct SqlResult {
  std::string server;
  std::string sql_sha256;  // of the text that ran, so that a result is not taken for another text's
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // in PostgreSQL's text form; null is NULL
  bool is_cut = false;                                        // there was more than the limits allow
  double took_ms = 0;
  std::string notice;  // what whoever asked should know about how it ran, or empty
};
BOOST_DESCRIBE_STRUCT(SqlResult, (), (server, sql_sha256, columns, rows, is_cut, took_ms, notice))

}  // namespace selfheal::contract
