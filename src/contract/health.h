#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

// The health of watched servers, and our own.
namespace selfheal::contract {

// Null: not known, which is never the same as zero.
struct Measure {
  std::string name;  // "sessions.active"
  std::string title;
  std::string unit;  // count, bytes, seconds, milliseconds, percent, per_second, bytes_per_second
  std::optional<double> value;
};
BOOST_DESCRIBE_STRUCT(Measure, (), (name, title, unit, value))

// A standby, another receiver of the log, or on a standby itself.
struct Replica {
  std::string name;
  std::string address;
  std::string state;
  std::optional<double> lag_s;
  std::optional<double> lag_bytes;
};
BOOST_DESCRIBE_STRUCT(Replica, (), (name, address, state, lag_s, lag_bytes))

struct ReplicationSlot {
  std::string name;
  std::string type;
  bool active = false;
  std::string wal_status;
  std::optional<double> retained_bytes;
};
BOOST_DESCRIBE_STRUCT(ReplicationSlot, (), (name, type, active, wal_status, retained_bytes))

// A check that is not well, in one line.
struct CheckHeadline {
  std::string name;
  std::string title;
  std::string state;
  std::string text;
};
BOOST_DESCRIBE_STRUCT(CheckHeadline, (), (name, title, state, text))

struct DatabaseHealth {
  std::string name;
  std::string state;      // connecting, up, in_recovery, down
  std::string state_why;  // while it is not up
  std::string version;
  std::string role;  // primary or standby; empty while it is not known
  std::string log_why;
  std::optional<double> up_s;
  std::optional<Time> sampled_at;
  std::vector<Measure> measures;
  std::vector<Replica> replicas;
  std::vector<ReplicationSlot> slots;
  std::map<std::string, std::int64_t> checks;  // state -> how many; empty before the first round
  std::vector<CheckHeadline> headlines;        // the worst first
};
BOOST_DESCRIBE_STRUCT(DatabaseHealth, (),
                      (name, state, state_why, version, role, log_why, up_s, sampled_at, measures, replicas,
                       slots, checks, headlines))

struct HistoryPoint {
  Time at{};  // the beginning of a step
  std::optional<double> least;
  std::optional<double> mean;
  std::optional<double> most;
};
BOOST_DESCRIBE_STRUCT(HistoryPoint, (), (at, least, mean, most))

struct HistorySeries {
  std::string name;
  std::string title;
  std::string unit;
  std::vector<HistoryPoint> points;  // a step without a sample has none
};
BOOST_DESCRIBE_STRUCT(HistorySeries, (), (name, title, unit, points))

struct HealthHistory {
  Time from{};
  Time to{};
  double step_s = 0;
  std::vector<HistorySeries> series;
};
BOOST_DESCRIBE_STRUCT(HealthHistory, (), (from, to, step_s, series))

struct CheckFinding {
  std::string object;
  double value = 0;
  std::string detail;
  std::string state;
};
BOOST_DESCRIBE_STRUCT(CheckFinding, (), (object, value, detail, state))

struct HealthCheck {
  std::string name;
  std::string title;
  std::string meaning;
  std::string unit;
  std::string state;  // ok, warn, critical, unknown
  std::optional<double> value;
  std::optional<double> warn;
  std::optional<double> critical;
  bool low_is_bad = false;
  bool is_information = false;
  std::string rule;  // where the thresholds come from
  std::string advice;
  std::vector<CheckFinding> findings;
  std::string why;    // while unknown
  std::string grant;  // what an administrator runs so that it can be known
  std::string sql;    // what was run
  std::optional<Time> at;
  std::optional<Time> since;  // in this state
  double took_ms = 0;
};
BOOST_DESCRIBE_STRUCT(HealthCheck, (),
                      (name, title, meaning, unit, state, value, warn, critical, low_is_bad, is_information,
                       rule, advice, findings, why, grant, sql, at, since, took_ms))

struct HealthChecks {
  std::string database;
  std::vector<HealthCheck> items;
};
BOOST_DESCRIBE_STRUCT(HealthChecks, (), (database, items))

// Something of ours, and how it is.
struct OwnPart {
  std::string name;
  std::string title;
  std::string state;  // ok, warn, critical, unknown
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(OwnPart, (), (name, title, state, detail))

struct OwnHealth {
  std::string state;  // the worst
  std::vector<OwnPart> items;
};
BOOST_DESCRIBE_STRUCT(OwnHealth, (), (state, items))

}  // namespace selfheal::contract
