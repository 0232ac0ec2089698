#pragma once

#include <fmt/format.h>
#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/person.h"
#include "access/roles.h"
#include "http/message.h"

// Who asks, and what they may. On a unix socket the kernel says who; on TCP a token does.
namespace selfheal::api {

using access::Permission;
using access::Role;

struct Caller {
  Role role = Role::nobody;
  std::string name;                             // as the audit trail shows it: "ann", "token"
  bool presented = false;                       // a token came with the request, and it is none of ours
  std::optional<access::PersonId> person = {};  // nothing: the token, or an account of this machine

  // Whose a chat, a run or a repeated request is. A name may be given again once its person was removed.
  std::string key() const { return person ? fmt::format("person {}", person->value()) : name; }
};

// Only hashes are kept in memory: a dump of it opens no door.
struct Credentials {
  std::string token_sha256;   // lower-case hexadecimal, of the token with all rights; empty: there is none
  std::string ingest_sha256;  // of the key that may only report errors; empty: there is none
  // Accounts of this machine that are admin on the unix socket, with the names that the audit trail shows:
  // the server's own, root, and those that the configuration lists.
  std::map<uid_t, std::string> members;
  // Where a person finds the token, for the refusal.
  std::string token_file;
};

// Never fails: who cannot be told is nobody.
Caller authenticate(const http::Request& request, const Credentials& credentials);
// Whether it is the token with all rights.
bool token_is_right(std::string_view token, const Credentials& credentials);
bool may(const Caller& caller, Permission permission);
// The answer to somebody who may not: 401 when it may help to say who one is, else 403, which names the role
// that may.
http::Response refusal(const http::Request& request, const Caller& caller, Permission needed,
                       const Credentials& credentials);

}  // namespace selfheal::api
