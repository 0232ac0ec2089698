#pragma once

#include <span>
#include <string_view>

#include "api/internal/context.h"
#include "contract/schema.h"

namespace selfheal::api {

struct QueryRow {
  std::string_view name;
  std::string_view help;
  bool repeats = false;
};

// Prints the schema of a body, or null where there is none.
using SchemaOf = contract::json::value (*)(contract::Schemas&);

// One operation of the API: what the router, the permissions, the OpenAPI file and the metrics know of it.
struct RouteRow {
  std::string_view id;  // operationId
  std::string_view method;
  std::string_view pattern;
  Permission permission = Permission::unset;
  std::string_view summary;
  SchemaOf request = nullptr;
  SchemaOf response = nullptr;
  std::span<const QueryRow> query = {};
  // Null: the route streams.
  Handle handle = nullptr;
  // 0: kHttpBodyBytes.
  std::size_t body_bytes = 0;
  std::string_view response_type = "application/json";
  // Of a route that streams; null: the feed of events, which http::EventFeed writes.
  Tell tell = nullptr;
  // Until it is to be answered; 0: kDecisionTimeout of what operates, else kStoreTimeout.
  Duration timeout = {};
};

// Sorted by id.
std::span<const RouteRow> route_rows();
// Those of them that tell how servers and we ourselves are, sorted by id.
std::span<const RouteRow> health_route_rows();
// Those that look closer before anything is decided.
std::span<const RouteRow> inspection_route_rows();
// Those about notifications, which stand among them.
std::span<const RouteRow> notification_route_rows();

// Those of them about people and signing in, sorted by id.
std::span<const RouteRow> people_route_rows();

// OpenAPI 3.1 of these rows.
std::string describe_routes(std::span<const RouteRow> rows, const std::string& version);

}  // namespace selfheal::api
