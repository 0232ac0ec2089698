#pragma once

#include <array>
#include <boost/describe/class.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// Signing in with a browser.
namespace selfheal::contract {

struct SignIn {
  static constexpr std::string_view kRequired[] = {"token"};
  std::string token;  // the API's token, or the one of a link
  std::string name;   // of the first administrator, with the link of the first start; else empty
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (token, name))

struct Session {
  std::string name;  // as the audit trail shows it
  std::string role;  // viewer, developer or admin
  // What the role may, of anyone, report, view, operate and administer: for pages, which say what a role
  // hides. The server decides on each request again.
  std::vector<std::string> permissions;
  // Whom to ask for more, by name; a few of them.
  std::vector<std::string> administrators;
};
BOOST_DESCRIBE_STRUCT(Session, (), (name, role, permissions, administrators))

struct Invite {
  static constexpr std::array<std::string_view, 0> kRequired{};
  std::optional<std::string> as;  // the name of a person; null: whoever asks
};
BOOST_DESCRIBE_STRUCT(Invite, (), (as))

// Lets one browser in, once.
struct Invitation {
  std::string url;  // of the page: …/sign-in#…; what stands behind # is never sent to a server
  Time expires_at{};
};
BOOST_DESCRIBE_STRUCT(Invitation, (), (url, expires_at))

}  // namespace selfheal::contract
