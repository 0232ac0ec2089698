#pragma once

#include <array>
#include <boost/describe/class.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// What people look after: watched servers, policies, the audit trail, and how we are ourselves.
namespace selfheal::contract {

// A watched server: what was said of it and how watching goes.
struct Server {
  std::string name;
  std::string address;    // host:port/database; no user, password or option
  std::string state;      // connecting, up, in_recovery, down
  std::string state_why;  // while it is not up
  std::optional<Time> since;
  std::string version;  // "15.20"
  bool can_observe = false;
  bool sees_all_sessions = false;
  bool can_act = false;
  std::string act_why;
  std::string log_directory;
  std::string log_why;  // why the log is not being read; empty while it is
};
BOOST_DESCRIBE_STRUCT(Server, (),
                      (name, address, state, state_why, since, version, can_observe, sees_all_sessions,
                       can_act, act_why, log_directory, log_why))

// Connection strings are never given back.
struct NewServer {
  static constexpr std::string_view kRequired[] = {"name", "url"};
  std::string name;
  std::string url;
  std::string act_url;  // of the role that acts; empty: the same
  std::string log_directory;
  std::optional<bool> act;  // false: only observe
};
BOOST_DESCRIBE_STRUCT(NewServer, (), (name, url, act_url, log_directory, act))

// One thing that was looked at with the rights of a NewServer.
struct ExaminedRight {
  std::string name;     // connect, version, sessions, signal …
  std::string finding;  // right, problem, note
  std::string detail;
  std::string fix;  // statements to run as an administrator, or empty
};
BOOST_DESCRIBE_STRUCT(ExaminedRight, (), (name, finding, detail, fix))

struct Examination {
  bool can_connect = false;
  std::vector<ExaminedRight> checks;
};
BOOST_DESCRIBE_STRUCT(Examination, (), (can_connect, checks))

// The policy of one server, or of all when `server` is null.
struct PolicyView {
  std::optional<std::string> server;
  std::optional<std::string> default_mode;  // off, suggest, approve, auto
  std::map<std::string, std::string> modes;
  std::map<std::string, double> values;
  std::int64_t version = 0;
  bool paused = false;
  std::string paused_why;
};
BOOST_DESCRIBE_STRUCT(PolicyView, (), (server, default_mode, modes, values, version, paused, paused_why))

struct ActionView {
  std::string name;
  std::string title;
  int level = 4;
  std::string risk;
  std::string undo;
};
BOOST_DESCRIBE_STRUCT(ActionView, (), (name, title, level, risk, undo))

struct ThresholdView {
  std::string name;  // "playbook.setting"
  double value = 0;  // the default
  std::string why;
};
BOOST_DESCRIBE_STRUCT(ThresholdView, (), (name, value, why))

// All policies, and what they may name.
struct Policies {
  std::vector<PolicyView> items;
  std::vector<ActionView> actions;
  std::vector<ThresholdView> thresholds;
};
BOOST_DESCRIBE_STRUCT(Policies, (), (items, actions, thresholds))

// Replaces the policy: what is absent in a map is taken out.
struct PolicyEdit {
  static constexpr std::array<std::string_view, 0> kRequired{};
  std::optional<std::string> server;
  std::optional<std::string> default_mode;
  std::map<std::string, std::string> modes;
  std::map<std::string, double> values;
};
BOOST_DESCRIBE_STRUCT(PolicyEdit, (), (server, default_mode, modes, values))

// The kill switch, of one server or of all.
struct Pause {
  static constexpr std::string_view kRequired[] = {"why"};
  std::optional<std::string> server;
  std::string why;
};
BOOST_DESCRIBE_STRUCT(Pause, (), (server, why))

struct Resume {
  static constexpr std::array<std::string_view, 0> kRequired{};
  std::optional<std::string> server;
};
BOOST_DESCRIBE_STRUCT(Resume, (), (server))

struct AuditEntry {
  std::int64_t sequence = 0;
  Time at{};
  std::string actor;
  std::string what;
  std::string subject;
  std::string text;
  std::string previous_hash;
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(AuditEntry, (), (sequence, at, actor, what, subject, text, previous_hash, hash))

struct AuditCheck {
  std::int64_t records = 0;
  bool intact = false;
  std::optional<std::int64_t> broken_at;
  std::string reason;
};
BOOST_DESCRIBE_STRUCT(AuditCheck, (), (records, intact, broken_at, reason))

struct Liveness {
  std::string status;
  std::string version;
};
BOOST_DESCRIBE_STRUCT(Liveness, (), (status, version))

// Whether we can do our work now, and what is in the way.
struct Readiness {
  bool ready = false;
  bool store = false;
  std::vector<std::string> problems;
  std::vector<Server> servers;
  std::map<std::string, std::int64_t> incidents;  // state -> how many
  std::int64_t store_size_bytes = 0;
  std::int64_t store_size_cap_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(Readiness, (),
                      (ready, store, problems, servers, incidents, store_size_bytes, store_size_cap_bytes))

struct Version {
  std::string name;
  std::string version;
  std::string api;
};
BOOST_DESCRIBE_STRUCT(Version, (), (name, version, api))

}  // namespace selfheal::contract
