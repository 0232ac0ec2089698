// The part of the API's table that looks closer before anything is decided, and says who looks.
#include "api/internal/handlers.h"
#include "api/internal/routes.h"
#include "contract/administration.h"
#include "contract/decision.h"
#include "contract/history.h"

namespace selfheal::api {
namespace {

template <class T>
contract::json::value schema(contract::Schemas& schemas) {
  return schemas.of<T>();
}

// sorted
constexpr RouteRow kRoutes[] = {
    {"examine_database",
     "POST",
     "/api/v1/database-checks",
     Permission::administer,
     "Connect as a NewServer says and look at what is missing, with the statements that put it right; "
     "nothing "
     "is kept",
     schema<contract::NewServer>,
     schema<contract::Examination>,
     {},
     examine_database,
     0,
     "application/json",
     nullptr,
     kDecisionTimeout},
    {"reconsider_incident",
     "POST",
     "/api/v1/incidents/{id}/reconsider",
     Permission::operate,
     "A dry run: look at the server again, check what the fix presupposes, and propose; never acts",
     nullptr,
     schema<contract::ApprovalAnswer>,
     {},
     reconsider_incident},
    {"show_history",
     "GET",
     "/api/v1/incidents/{id}/history",
     Permission::view,
     "How an incident came and went: who blocked whom, how many waited, when it was seen",
     nullptr,
     schema<contract::IncidentHistory>,
     {},
     show_history},
    {"take_incident",
     "POST",
     "/api/v1/incidents/{id}/take",
     Permission::operate,
     "Say that you look after it",
     nullptr,
     schema<contract::Incident>,
     {},
     take_incident},
};

}  // namespace

std::span<const RouteRow> inspection_route_rows() { return kRoutes; }

}  // namespace selfheal::api
