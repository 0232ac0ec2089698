// The part of the API's table that tells how watched servers are, what is in them, and how we are ourselves.
#include "api/internal/handlers.h"
#include "api/internal/routes.h"
#include "contract/administration.h"
#include "contract/database_contents.h"
#include "contract/health.h"

namespace selfheal::api {
namespace {

template <class T>
contract::json::value schema(contract::Schemas& schemas) {
  return schemas.of<T>();
}

constexpr QueryRow kChecks[] = {{"run", "true: run them now"}};
constexpr QueryRow kHistory[] = {
    {"from", "RFC 3339; an hour before `to` without it"},
    {"measure", "a measure's name, such as sessions.active; 1 to 8 of them", true},
    {"step", "seconds of a point, 5 or more; about 240 points without it"},
    {"to", "RFC 3339; now without it"},
};
constexpr QueryRow kTable[] = {
    {"schema", "its schema, as in list_tables"},
    {"table", "its name, as in list_tables"},
};
constexpr QueryRow kTables[] = {
    {"schema", "of this schema only"},
    {"search", "whose name holds this, in any case"},
};

// sorted
constexpr RouteRow kRoutes[] = {
    {"list_tables", "GET", "/api/v1/tables/{name...}", Permission::view,
     "Tables and views of the database of a watched server, the largest first", nullptr,
     schema<contract::Tables>, kTables, list_tables},
    {"show_checks", "GET", "/api/v1/checks/{name...}", Permission::view,
     "Health checks of a watched server, with thresholds and the SQL they ran", nullptr,
     schema<contract::HealthChecks>, kChecks, show_checks, 0, "application/json", nullptr, kDecisionTimeout},
    {"show_database_health",
     "GET",
     "/api/v1/health/databases/{name...}",
     Permission::view,
     "How a watched server is now: what is measured, replication, what is not well",
     nullptr,
     schema<contract::DatabaseHealth>,
     {},
     show_database_health},
    {"show_health",
     "GET",
     "/api/v1/health",
     Permission::anyone,
     "Whether the process answers",
     nullptr,
     schema<contract::Liveness>,
     {},
     show_health},
    {"show_health_history", "GET", "/api/v1/health/history/{name...}", Permission::view, "Measures over time",
     nullptr, schema<contract::HealthHistory>, kHistory, show_health_history},
    {"show_own_health",
     "GET",
     "/api/v1/health/self",
     Permission::view,
     "How Selfheal itself is, part by part",
     nullptr,
     schema<contract::OwnHealth>,
     {},
     show_own_health},
    {"show_readiness",
     "GET",
     "/api/v1/health/ready",
     Permission::view,
     "Whether we can do our work, and what is in the way; 503 when not",
     nullptr,
     schema<contract::Readiness>,
     {},
     show_readiness},
    {"show_statements",
     "GET",
     "/api/v1/statements/{name...}",
     Permission::view,
     "The statements that took most time, without their values; needs pg_stat_statements",
     nullptr,
     schema<contract::SlowStatements>,
     {},
     show_statements},
    {"show_table", "GET", "/api/v1/table/{name...}", Permission::view,
     "Columns and indexes of a table of a watched server", nullptr, schema<contract::TableDetail>, kTable,
     show_table},
};

}  // namespace

std::span<const RouteRow> health_route_rows() { return kRoutes; }

}  // namespace selfheal::api
