#include "http/internal/gate.h"

#include <algorithm>

#include "http/internal/host.h"
#include "http/internal/text.h"

namespace selfheal::http {
namespace {

bool listed(const std::vector<std::string>& list, std::string_view text) {
  return std::ranges::any_of(list, [text](const auto& entry) { return equals_ignoring_case(entry, text); });
}

// An IP address cannot be rebound, so a page that says one is ours or must pass the origin check anyway.
bool host_allowed(std::string_view host, const std::vector<std::string>& names) {
  const auto known = parse_host(host);
  return known && (known->is_address || known->name == "localhost" || listed(names, known->name));
}

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

// A browser sends Origin with every unsafe request; programs send none. Behind a proxy that speaks TLS the
// origin is https while we see http.
bool origin_allowed(std::string_view origin, std::string_view host, const std::vector<std::string>& origins) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!host.empty() && equals_ignoring_case(origin, std::string(scheme).append(host))) return true;
  }
  return listed(origins, origin);
}

}  // namespace

std::optional<Problem> objection_of_gate(const Request& request, const ServerOptions& options) {
  const auto host = request.headers.get("Host");
  // Only HTTP/1.0 may come without Host, which no browser speaks.
  const bool needs_name = !request.peer.unix_socket && request.headers.contains("Host");
  if (needs_name && !host_allowed(host, options.hosts)) {
    return Problem{421, "host-not-allowed", "This server is not known by that name",
                   "Use localhost or an IP address, or add the name to the server's allowed hosts."};
  }
  const auto* origin = request.headers.find("Origin");
  if (origin && !is_safe(request.method) && !origin_allowed(*origin, host, options.origins)) {
    return Problem{403, "origin-not-allowed", "Pages of that origin may not do this",
                   "Add the origin to the server's allowed origins if it is yours."};
  }
  return std::nullopt;
}

}  // namespace selfheal::http
