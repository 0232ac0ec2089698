#pragma once

#include <boost/describe/class.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

// Signing in with a browser.
namespace selfheal::contract {

struct SignIn {
  static constexpr std::string_view kRequired[] = {"token"};
  std::string token;  // the API's token, or the one of an invitation
};
BOOST_DESCRIBE_STRUCT(SignIn, (), (token))

struct Session {
  std::string name;  // as the audit trail shows it
  std::string role;  // viewer, developer or admin
  // What the role may, of anyone, report, view, operate and administer: for pages, which say what a role
  // hides. The server decides on each request again.
  std::vector<std::string> permissions;
};
BOOST_DESCRIBE_STRUCT(Session, (), (name, role, permissions))

// Lets one browser in, once.
struct Invitation {
  std::string url;  // of the page: …/sign-in#…; what stands behind # is never sent to a server
  Time expires_at{};
};
BOOST_DESCRIBE_STRUCT(Invitation, (), (url, expires_at))

}  // namespace selfheal::contract
