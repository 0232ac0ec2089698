#include "http/internal/host.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>

#include "http/internal/text.h"

namespace selfheal::http {
namespace {

bool is_address(int family, const std::string& text) {
  in6_addr address{};  // large enough for both families
  return ::inet_pton(family, text.c_str(), &address) == 1;
}

// Of RFC 3986's names those that DNS and hosts files have.
bool is_name(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  return port;
}

}  // namespace

std::optional<Host> parse_host(std::string_view text) {
  Host host;
  const bool bracketed = text.starts_with('[');
  const auto end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (end == text.npos) return std::nullopt;
  host.name = lower_case(bracketed ? text.substr(1, end - 1) : text.substr(0, end));
  host.is_address = is_address(bracketed ? AF_INET6 : AF_INET, host.name);
  if (bracketed ? !host.is_address : !is_name(host.name)) return std::nullopt;
  const auto rest = text.substr(bracketed ? end + 1 : end);
  if (rest.empty()) return host;
  if (!rest.starts_with(':')) return std::nullopt;
  host.port = parse_port(rest.substr(1));
  return host.port ? std::optional(std::move(host)) : std::nullopt;
}

}  // namespace selfheal::http
