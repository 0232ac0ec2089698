#pragma once

#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// The sample application: employees, and troubles that a visitor may cause.
namespace selfheal::contract {

struct Employee {
  std::int64_t id = 0;
  std::string name;
  std::string email;
  std::string department;
};
BOOST_DESCRIBE_STRUCT(Employee, (), (id, name, email, department))

struct NewEmployee {
  static constexpr std::string_view kRequired[] = {"name", "email", "department"};
  std::string name;
  std::string email;
  std::string department;
};
BOOST_DESCRIBE_STRUCT(NewEmployee, (), (name, email, department))

struct SampleTrouble {
  std::string name;                     // for /api/v1/sample/troubles/{name}
  std::string title;                    // of a button
  std::string what;                     // happens then
  std::vector<std::string> statements;  // that run, in order
};
BOOST_DESCRIBE_STRUCT(SampleTrouble, (), (name, title, what, statements))

// One session that forgot its transaction and another that waits for it, as these two saw it themselves.
struct SampleLock {
  int number = 0;
  std::string row;     // the e-mail of the employee that is locked
  int holder_pid = 0;  // process of the session that holds it
  int waiter_pid = 0;  // of the one that waits
  std::string state;   // waiting, went_through, failed, cleared
  Time since{};
  std::optional<Time> ended_at;
  double waited_s = 0;          // so far, while it waits
  std::string sqlstate;         // why waiting failed
  std::string holder_sqlstate;  // 57P01: somebody ended the session that held the row
};
BOOST_DESCRIBE_STRUCT(SampleLock, (),
                      (number, row, holder_pid, waiter_pid, state, since, ended_at, waited_s, sqlstate,
                       holder_sqlstate))

struct SampleApplication {
  bool is_on = false;       // false: no other resource of it is there
  std::string application;  // what its sessions call themselves
  std::string database;
  std::string schema;
  std::string setup;  // SQL that makes what it needs
  std::vector<std::string> departments;
  std::vector<SampleTrouble> troubles;
  std::vector<SampleLock> locks;  // newest first
};
BOOST_DESCRIBE_STRUCT(SampleApplication, (),
                      (is_on, application, database, schema, setup, departments, troubles, locks))

// What came of causing a trouble.
struct SampleOutcome {
  std::string trouble;
  std::string sqlstate;  // of the error that the application got; empty: none
  std::string message;   // PostgreSQL's own
};
BOOST_DESCRIBE_STRUCT(SampleOutcome, (), (trouble, sqlstate, message))

}  // namespace selfheal::contract
