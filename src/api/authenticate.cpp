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

bool may(const Caller& caller, Permission permission) {
  switch (permission) {
    case Permission::unset:
      return false;
    case Permission::anyone:
      return true;
    case Permission::report:
      return caller.role == Role::reporter || caller.role == Role::admin;
    case Permission::view:
    case Permission::operate:
    case Permission::administer:
      break;
  }
  return caller.role == Role::admin;
}

http::Response refusal(const http::Request& request, const Caller& caller, const Credentials& credentials) {
  if (caller.role != Role::nobody)
    return http::problem_response(
        request, {403, "not-allowed", "You may not do this", "The ingest key may only report errors."});
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
