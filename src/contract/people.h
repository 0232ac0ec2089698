#pragma once

#include <array>
#include <boost/describe/class.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

// Who may sign in.
namespace selfheal::contract {

struct Person {
  std::int64_t id = 0;
  std::string name;
  std::string role;  // viewer, developer, admin
  bool disabled = false;
  std::string slack_user;  // "U024BE7LH"; empty: not linked
  Time created_at{};
  std::optional<Time> seen_at;  // null: never signed in
};
BOOST_DESCRIBE_STRUCT(Person, (), (id, name, role, disabled, slack_user, created_at, seen_at))

struct NewPerson {
  static constexpr std::string_view kRequired[] = {"name", "role"};
  std::string name;
  std::string role;
  std::string slack_user;
};
BOOST_DESCRIBE_STRUCT(NewPerson, (), (name, role, slack_user))

// What is absent stays as it is.
struct PersonChange {
  static constexpr std::array<std::string_view, 0> kRequired{};
  std::optional<std::string> role;
  std::optional<bool> disabled;
  std::optional<std::string> slack_user;  // empty: unlinks
};
BOOST_DESCRIBE_STRUCT(PersonChange, (), (role, disabled, slack_user))

// A person and the link that lets them in. The link is told once.
struct InvitedPerson {
  Person person;
  std::string url;
  Time expires_at{};
};
BOOST_DESCRIBE_STRUCT(InvitedPerson, (), (person, url, expires_at))

}  // namespace selfheal::contract
