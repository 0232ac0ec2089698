#pragma once

#include <sys/types.h>

#include <any>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"

// HTTP requests and responses as values. Nothing here does input or output.
namespace selfheal::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

// Header fields in the order they came; names compare without regard to case (RFC 9110 section 5.1).
class Headers {
 public:
  // The first field of that name, or null. Points into this object.
  const std::string* find(std::string_view name) const;
  // The same, with an absent field read as empty.
  std::string_view get(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value);  // keeps fields of the same name
  void set(std::string name, std::string value);  // replaces them
  Fields::const_iterator begin() const { return fields_.begin(); }
  Fields::const_iterator end() const { return fields_.end(); }

 private:
  Fields fields_;
};

// Who is at the other end. Of a unix socket the kernel vouches for uid and pid (SO_PEERCRED), of TCP nobody
// does.
struct Peer {
  bool unix_socket = false;
  uid_t uid = static_cast<uid_t>(-1);  // unix sockets only
  pid_t pid = 0;                       // unix sockets only; who connected, which may have ended since
  std::string address;                 // "127.0.0.1:40312", "[::1]:40312", or "unix"
};

// A request line's target taken apart (RFC 9112 section 3.2).
struct Target {
  std::string authority;  // of an absolute target ("http://host/…"), else empty
  std::string path;  // percent-decoded UTF-8, begins with '/', one spelling a resource; "*" for OPTIONS *
  Fields query;      // decoded, in order, '+' read as a space
};

// Refuses what could mean two things to two readers: control characters in the path, NUL anywhere, "." and
// ".." segments, empty segments, encoded slashes and backslashes, bad escapes, text that is not UTF-8,
// fragments, more than kHttpQueryParameters. The error names the rule and no part of the target.
Result<Target> parse_target(std::string_view text);

struct Request {
  std::string method;
  std::string target;  // as it came
  std::string path;
  Fields query;
  Headers headers;
  std::string body;
  Peer peer;
  // The client's X-Request-Id when it is 1 to 64 of [A-Za-z0-9._-], else one we made. Safe to log.
  std::string request_id;
  // Filled by the router: "/api/v1/incidents/{id}" and {"id", "SH-142"}.
  std::string pattern;
  Fields parameters;
  // Whatever ServerOptions::before learnt (who it is); handlers any_cast it back.
  std::any principal;

  // First of that name, or null. Points into this object.
  const std::string* query_value(std::string_view name) const;
  // CHECKs that the route has it: a parameter that its pattern lacks is a bug of ours.
  const std::string& parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::string content_type;  // empty only when there is no body
};

// `text` is JSON already.
Response json_response(std::string text, int status = 200);
Response empty_response(int status = 204);

struct FieldProblem {
  std::string pointer;  // a JSON pointer into the request's body: "/timeout_s"
  std::string detail;
};

// An error for a program and a person, RFC 9457.
struct Problem {
  int status = 500;
  std::string slug;   // "host-not-allowed": its type is /problems/host-not-allowed; a stable name, documented
  std::string title;  // the same for every occurrence of the slug
  std::string detail;                        // of this occurrence; holds no user data
  std::optional<Duration> retry_after = {};  // becomes Retry-After in whole seconds, rounded up
  std::vector<FieldProblem> errors = {};
  // Members of its own, for programs; empty ones are left out.
  std::vector<std::pair<std::string, std::string>> more = {};
};

// The application/problem+json answer to `request`, with its path as instance and its id.
Response problem_response(const Request& request, const Problem& problem);
// How an Error of ours looks from outside: invalid_input 400, refused 403, not_found 404, conflict 409,
// failed 500, unavailable and cancelled 503, timed_out 504. Its message is the detail.
Problem problem_of(const Error& error);

}  // namespace selfheal::http
