#pragma once

#include <boost/describe/class.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

// What is in a watched database: its slow statements and its tables.
namespace selfheal::contract {

struct SlowStatement {
  std::string database;
  std::string query;  // without values
  std::string id;     // PostgreSQL's own
  double calls = 0;
  double total_ms = 0;
  double mean_ms = 0;
  double most_ms = 0;
  double rows = 0;
  std::optional<double> hit_percent;
};
BOOST_DESCRIBE_STRUCT(SlowStatement, (),
                      (database, query, id, calls, total_ms, mean_ms, most_ms, rows, hit_percent))

struct SlowStatements {
  std::vector<SlowStatement> items;
  std::string why;     // why there are none, or why some have no text
  std::string remedy;  // what an administrator runs
};
BOOST_DESCRIBE_STRUCT(SlowStatements, (), (items, why, remedy))

struct TableSummary {
  std::string schema;
  std::string name;
  std::string kind;  // table, view, materialized view, partitioned table, foreign table
  std::optional<double> size_bytes;
  std::optional<double> rows;  // an estimate
  std::optional<double> dead_rows;
  std::optional<Time> vacuumed;
  std::optional<Time> analyzed;
};
BOOST_DESCRIBE_STRUCT(TableSummary, (), (schema, name, kind, size_bytes, rows, dead_rows, vacuumed, analyzed))

struct Tables {
  std::string database;
  std::vector<TableSummary> items;
  bool is_cut = false;  // there are more: narrow it by schema or search
};
BOOST_DESCRIBE_STRUCT(Tables, (), (database, items, is_cut))

struct TableColumn {
  std::string name;
  std::string type;
  bool not_null = false;
  std::string default_value;
};
BOOST_DESCRIBE_STRUCT(TableColumn, (), (name, type, not_null, default_value))

struct TableIndex {
  std::string name;
  std::string definition;
  bool is_valid = false;
  std::optional<double> size_bytes;
  std::optional<double> scans;
};
BOOST_DESCRIBE_STRUCT(TableIndex, (), (name, definition, is_valid, size_bytes, scans))

struct TableDetail {
  std::string schema;
  std::string name;
  std::vector<TableColumn> columns;
  std::vector<TableIndex> indexes;
  std::string preview_sql;  // what shows its first rows when it is run by POST /api/v1/sql
};
BOOST_DESCRIBE_STRUCT(TableDetail, (), (schema, name, columns, indexes, preview_sql))

}  // namespace selfheal::contract
