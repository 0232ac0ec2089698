#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace selfheal::http {

struct Host {
  std::string name;  // in lower case; of an IPv6 address without its brackets; may be empty
  bool is_address = false;
  std::optional<std::uint16_t> port = {};
};

// "localhost:5000", "[::1]", "10.0.0.5": a Host field, or an address to listen on. Nothing when it is
// neither. Not Boost.URL: 1.81 refuses names that begin like an IPv4 address ("10.0.0.5.example.com").
std::optional<Host> parse_host(std::string_view text);

}  // namespace selfheal::http
