#include "pg/internal/session_parameters.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <map>
#include <memory>
#include <ranges>

#include "pg/internal/lookup.h"

namespace selfheal::pg::internal {
namespace {

using Keywords = std::map<std::string, std::string>;

// How values read depends on these, so nobody may change them.
constexpr std::pair<const char*, const char*> kFixedSettings[] = {
    {"DateStyle", "ISO"},        {"IntervalStyle", "postgres"},         {"TimeZone", "UTC"},
    {"extra_float_digits", "1"}, {"standard_conforming_strings", "on"},
};

// A peer that acknowledges nothing for so long is gone. It also ends the cancel request's connection, which
// blocks a thread, when the host is gone.
constexpr const char* kTcpUserTimeoutMs = "10000";
// Addresses tried at most, of all names together; each try may take the rest of the deadline.
constexpr std::size_t kPlaces = 16;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

Keywords given(const PQconninfoOption* option) {
  Keywords keywords;
  for (; option != nullptr && option->keyword != nullptr; ++option)
    if (option->val != nullptr) keywords[option->keyword] = option->val;
  return keywords;
}

Result<Keywords> parse(const ConnectOptions& options) {
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(
      PQconninfoParse(options.conninfo.c_str(), &complaint));
  PQfreemem(complaint);  // it repeats the text, which may hold a password
  const auto where = fmt::format("connect to {}", options.name);
  if (!parsed || options.conninfo.contains('\0'))
    return failure(ErrorCode::invalid_input, where + ": the connection string cannot be read");
  auto keywords = given(parsed.get());
  if (keywords.contains("service"))
    return failure(ErrorCode::invalid_input, where + ": service files are not supported; name the host");
  if (!keywords.contains("host") && !keywords.contains("hostaddr")) {
    const std::unique_ptr<PQconninfoOption, FreeOptions> defaults(PQconndefaults());
    auto others = given(defaults.get());
    for (const char* keyword : {"host", "hostaddr", "port"})
      if (others.contains(keyword) && !keywords.contains(keyword)) keywords[keyword] = others[keyword];
  }
  return keywords;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (const auto part : std::views::split(list, ',')) parts.emplace_back(part.begin(), part.end());
  if (parts.empty()) parts.emplace_back();
  return parts;
}

// The comma lists of libpq: one port for all, or one for each.
Result<std::vector<Place>> places_of(Keywords& keywords, const std::string& name) {
  const auto hosts = split(keywords["host"]);
  const auto addresses = split(keywords["hostaddr"]);
  const auto ports = split(keywords["port"]);
  const auto count = std::max(hosts.size(), addresses.size());
  const auto fits = [&](const auto& list) {
    return list.size() == count || (list.size() == 1 && list[0].empty());
  };
  if (!fits(hosts) || !fits(addresses) || (ports.size() != count && ports.size() != 1) || count > kPlaces)
    return failure(ErrorCode::invalid_input,
                   fmt::format("connect to {}: hosts, addresses and ports do not match in number", name));
  std::vector<Place> places(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (hosts.size() == count) places[i].host = hosts[i];
    if (addresses.size() == count) places[i].address = addresses[i];
    places[i].port = ports.size() == count ? ports[i] : ports[0];
  }
  for (const char* keyword : {"host", "hostaddr", "port"}) keywords.erase(keyword);
  return places;
}

// "-c name=value" as the server splits it: at spaces, where a backslash keeps the next character.
std::string option_of(std::string_view setting, std::string_view value) {
  std::string text = fmt::format(" -c {}=", setting);
  for (const char c : value) {
    if (c == ' ' || c == '\\' || (c >= '\t' && c <= '\r')) text += '\\';
    text += c;
  }
  return text;
}

std::string startup_options(const std::string& from_conninfo, const ConnectOptions& options) {
  std::string text = from_conninfo;
  for (const auto& [setting, value] : options.settings) text += option_of(setting, value);
  for (const auto& [setting, value] : kFixedSettings) text += option_of(setting, value);  // the last one wins
  return text;
}

bool is_name(const Place& place) {
  if (!place.address.empty() || place.host.empty() || place.host.starts_with('/') ||
      place.host.starts_with('@'))
    return false;
  boost::system::error_code error;
  boost::asio::ip::make_address(place.host, error);
  return bool(error);
}

}  // namespace

Result<SessionParameters> read_session_parameters(const ConnectOptions& options) {
  TRY(auto keywords, parse(options));
  SessionParameters parameters;
  TRY(parameters.places, places_of(keywords, options.name));
  keywords["options"] = startup_options(keywords["options"], options);
  keywords["application_name"] = options.application_name;
  keywords["client_encoding"] = "UTF8";
  keywords.try_emplace("gssencmode", "disable");  // looking for Kerberos tickets may block
  keywords.try_emplace("tcp_user_timeout", kTcpUserTimeoutMs);
  if (!options.password.empty()) keywords["password"] = options.password.reveal_to_client();
  parameters.others.assign(keywords.begin(), keywords.end());
  return parameters;
}

Task<SessionParameters> look_up_places(SessionParameters parameters, std::string name, Deadline deadline) {
  std::vector<Place> found;
  std::optional<Error> last_failure;
  for (const auto& place : parameters.places) {
    if (!is_name(place)) {
      found.push_back(place);
      continue;
    }
    const auto addresses = co_await look_up(place.host, deadline);
    if (!addresses) {
      last_failure = addresses.error();
      if (last_failure->code == ErrorCode::cancelled) break;
      continue;
    }
    for (const auto& address : *addresses) found.push_back({place.host, address, place.port});
  }
  if (found.size() > kPlaces) found.resize(kPlaces);
  if (last_failure && (found.empty() || last_failure->code == ErrorCode::cancelled))
    co_return failure(last_failure->code, fmt::format("connect to {}: {}", name, last_failure->message));
  parameters.places = std::move(found);
  co_return parameters;
}

std::vector<std::pair<std::string, std::string>> keywords_of(const SessionParameters& parameters) {
  std::string hosts, addresses, ports;
  for (const auto& place : parameters.places) {
    const auto* comma = &place == &parameters.places.front() ? "" : ",";
    hosts += comma + place.host;
    addresses += comma + place.address;
    ports += comma + place.port;
  }
  auto keywords = parameters.others;
  keywords.emplace_back("host", hosts);
  keywords.emplace_back("hostaddr", addresses);
  keywords.emplace_back("port", ports);
  return keywords;
}

}  // namespace selfheal::pg::internal
