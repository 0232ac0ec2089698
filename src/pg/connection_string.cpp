#include "pg/connection_string.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>

#include "pg/internal/text.h"

namespace selfheal::pg {
namespace {

// Connection strings are written by people; longer ones are a mistake or an attack.
constexpr std::size_t kConnectionStringBytes = 8u << 10;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using Options = std::unique_ptr<PQconninfoOption, FreeOptions>;

std::unexpected<Error> refused(const std::string& why) {
  return failure(ErrorCode::invalid_input, "connection string: " + why);
}

// SQLAlchemy names the driver in the scheme: postgresql+psycopg2://. libpq knows the scheme without it.
Result<std::string> without_driver(std::string_view text) {
  const std::size_t colon = text.find("://");
  const std::string_view scheme = text.substr(0, colon == text.npos ? 0 : colon);
  const bool is_url = colon != text.npos && !scheme.contains('=') && !scheme.contains(' ');
  if (!is_url) return std::string(text);
  const std::size_t plus = scheme.find('+');
  const std::string_view family = scheme.substr(0, plus);
  const bool driver_is_word =
      plus == scheme.npos ||
      (plus + 1 < scheme.size() && std::ranges::all_of(scheme.substr(plus + 1), [](char c) {
         return internal::is_alnum(c) || c == '_';
       }));
  if ((family != "postgresql" && family != "postgres") || !driver_is_word)
    return refused("the scheme must be postgresql://, postgres:// or postgresql+<driver>://");
  return "postgresql" + std::string(text.substr(colon));
}

// libpq quotes parts of the text in its complaints, so only those that name an option or a place are
// repeated, without it.
struct Complaint {
  std::string_view words;
  std::string_view ours;
};
constexpr std::array kComplaints = std::to_array<Complaint>({
    {"invalid percent-encoded token", "a % in the URL is not followed by two hexadecimal digits"},
    {"forbidden value %00", "the URL holds %00"},
    {"end of string reached when looking for matching \"]\"", "the IPv6 address in the URL has no closing ]"},
    {"IPv6 host address may not be empty", "the IPv6 address in the URL is empty"},
    {"unexpected character", "an unexpected character stands after the host in the URL"},
    {"extra key/value separator", "a parameter of the URL has a second ="},
    {"missing key/value separator", "a parameter of the URL has no ="},
    {"invalid URI query parameter", "a parameter of the URL is none that PostgreSQL knows"},
    {"missing \"=\" after", "a word has no = after it; expected key=value pairs or a postgresql:// URL"},
    {"unterminated quoted string", "a quoted value has no closing '"},
    {"invalid connection option", "a key is none that PostgreSQL knows"},
    {"invalid integer value", "an option that must be a number is none"},
});

std::string complaint_in_our_words(std::string_view complaint) {
  for (const auto& known : kComplaints)
    if (complaint.contains(known.words)) return std::string(known.ours);
  return "libpq cannot read it";
}

Result<Options> parse_with_libpq(const std::string& text) {
  char* complaint = nullptr;
  Options options(PQconninfoParse(text.c_str(), &complaint));
  const std::unique_ptr<char, decltype(&PQfreemem)> owned(complaint, PQfreemem);
  if (!options) return refused(complaint_in_our_words(complaint ? complaint : ""));
  return options;
}

void append_pair(std::string& conninfo, std::string_view key, std::string_view value) {
  if (!conninfo.empty()) conninfo += ' ';
  conninfo += key;
  conninfo += "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\') conninfo += '\\';
    conninfo += c;
  }
  conninfo += '\'';
}

struct Place {
  std::string host, port, database;
};

// Several hosts come as lists of equal length, or one port for all.
std::string display_of(const Place& place) {
  std::string text;
  std::size_t host_from = 0, port_from = 0;
  while (true) {
    const std::size_t host_end = std::min(place.host.find(',', host_from), place.host.size());
    const std::string host = place.host.substr(host_from, host_end - host_from);
    const std::size_t port_end = std::min(place.port.find(',', port_from), place.port.size());
    const std::string port = place.port.substr(port_from, port_end - port_from);
    if (!text.empty()) text += ',';
    text += host.contains(':') ? '[' + host + ']' : host.empty() ? "local" : host;
    text += ':' + (port.empty() ? "5432" : port);
    if (host_end == place.host.size()) break;
    host_from = host_end + 1;
    if (port_end < place.port.size()) port_from = port_end + 1;
  }
  return place.database.empty() ? text : text + '/' + place.database;
}

Status check_port(const std::string& port) {
  const auto ok = [](char c) { return internal::is_digit(c) || c == ','; };
  if (!std::ranges::all_of(port, ok)) return refused("the port is not a number");
  return {};
}

}  // namespace

Result<ConnectionTarget> parse_connection_string(std::string_view text) {
  if (text.size() > kConnectionStringBytes) return refused("longer than 8 KiB");
  if (text.contains('\0') || !internal::is_utf8(text)) return refused("holds a NUL byte or is not UTF-8");
  if (text.find_first_not_of(" \t\r\n") == text.npos) return refused("empty");
  TRY(const auto plain, without_driver(text));
  TRY(const auto options, parse_with_libpq(plain));

  ConnectionTarget target;
  Place place;
  std::string hostaddr, password;
  for (const auto* option = options.get(); option->keyword; ++option) {
    const std::string_view key = option->keyword;
    if (!option->val) continue;
    const std::string_view value = option->val;
    // Escapes like %99 hide from the check of the whole text.
    if (!internal::is_utf8(value)) return refused("an escape in the URL is not UTF-8");
    if (key == "password") {
      password = value;
      continue;
    }
    // A passphrase of a client key stays, because libpq must have it; display holds none of it.
    append_pair(target.conninfo_without_password, key, value);
    if (key == "host") place.host = value;
    if (key == "hostaddr") hostaddr = value;
    if (key == "port") place.port = value;
    if (key == "dbname") place.database = value;
  }
  if (place.host.empty()) place.host = hostaddr;
  TRY_OK(check_port(place.port));
  target.password = Secret(std::move(password));
  target.display = display_of(place);
  return target;
}

bool is_this_machine(const ConnectionTarget& target) {
  const auto options = parse_with_libpq(target.conninfo_without_password);
  if (!options) return false;
  std::string hosts;
  for (const auto* option = options->get(); option->keyword; ++option) {
    const std::string_view key = option->keyword;
    if (option->val && *option->val && (key == "hostaddr" || (key == "host" && hosts.empty())))
      hosts = option->val;
  }
  for (std::string_view rest = hosts; !rest.empty();) {
    const auto host = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(host.size() + 1, rest.size()));
    const bool is_local = host.empty() || host.starts_with('/') || host.starts_with('@') ||
                          host == "localhost" || host.starts_with("127.") || host == "::1";
    if (!is_local) return false;
  }
  return true;
}

}  // namespace selfheal::pg
