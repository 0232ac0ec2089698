#include "api/authenticate.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <boost/algorithm/string/predicate.hpp>

#include "base/random.h"

namespace selfheal::api {
namespace {

// Longer ones are not ours, and need not be hashed.
constexpr std::size_t kTokenBytes = 512;

// Nothing when the header is absent or of another scheme; the scheme's name compares without case (RFC 9110).
std::string_view bearer_token(const http::Request& request) {
  constexpr std::string_view kScheme = "Bearer ";
  // Two such fields could mean two callers to two readers.
  if (request.headers.count("Authorization") != 1) return {};
  const auto value = request.headers.get("Authorization");
  if (!boost::istarts_with(value, kScheme) || value.size() > kTokenBytes) return {};
  return value.substr(kScheme.size());
}

// In a time that does not tell how much was right. The lengths are no secret: both are SHA-256.
bool same_hash(const std::string& a, const std::string& b) {
  return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

http::Response not_allowed(const http::Request& request, const Caller& caller, Permission needed) {
  const auto role = to_word(access::least_role_for(needed));
  if (caller.role == Role::reporter)
    return http::problem_response(request, {.status = 403,
                                            .slug = "not-allowed",
                                            .title = "You may not do this",
                                            .detail = "The ingest key may only report errors.",
                                            .more = {{"needed_role", role}}});
  return http::problem_response(
      request, {.status = 403,
                .slug = "not-allowed",
                .title = "Your role does not allow this",
                .detail = fmt::format("It needs the role {}; yours is {}. An administrator can change that.",
                                      role, to_word(caller.role)),
                .more = {{"role", to_word(caller.role)}, {"needed_role", role}}});
}

}  // namespace

Caller authenticate(const http::Request& request, const Credentials& credentials) {
  if (request.headers.contains("Authorization")) {
    // Who presents a token wants its rights, not those of their account.
    const auto hash = sha256_hex(bearer_token(request));
    if (same_hash(hash, credentials.token_sha256)) return {Role::admin, "token"};
    if (same_hash(hash, credentials.ingest_sha256)) return {Role::reporter, "ingest key"};
    return {.presented = true};
  }
  if (!request.peer.unix_socket) return {};
  const auto member = credentials.members.find(request.peer.uid);
  return member == credentials.members.end() ? Caller{} : Caller{Role::admin, member->second};
}

bool token_is_right(std::string_view token, const Credentials& credentials) {
  return token.size() <= kTokenBytes && same_hash(sha256_hex(token), credentials.token_sha256);
}

bool may(const Caller& caller, Permission permission) { return access::may(caller.role, permission); }

http::Response refusal(const http::Request& request, const Caller& caller, Permission needed,
                       const Credentials& credentials) {
  if (caller.role != Role::nobody) return not_allowed(request, caller, needed);
  const auto where = fmt::format(
      "The token stands in {}; `selfheal config path` says where that is. On this machine the unix socket "
      "needs none.",
      credentials.token_file);
  auto response = http::problem_response(
      request,
      {401, "not-signed-in", "Say who you are",
       (caller.presented ? "This token is not one of ours. " : "Send Authorization: Bearer <token>. ") +
           where});
  response.headers.set("WWW-Authenticate", caller.presented
                                               ? R"(Bearer realm="selfheal", error="invalid_token")"
                                               : R"(Bearer realm="selfheal")");
  return response;
}

}  // namespace selfheal::api
