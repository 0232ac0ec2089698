// The part of the API's table about people: who may sign in, and signing in and out.
#include "api/internal/handlers.h"
#include "api/internal/routes.h"
#include "contract/page.h"
#include "contract/people.h"
#include "contract/session.h"

namespace selfheal::api {
namespace {

template <class T>
contract::json::value schema(contract::Schemas& schemas) {
  return schemas.of<T>();
}

// sorted
constexpr RouteRow kRoutes[] = {
    {"add_person",
     "POST",
     "/api/v1/people",
     Permission::administer,
     "Let somebody sign in: a link that works once, within 72 hours",
     schema<contract::NewPerson>,
     schema<contract::InvitedPerson>,
     {},
     add_person},
    {"change_person",
     "PATCH",
     "/api/v1/people/{id}",
     Permission::administer,
     "Another role, disabled or not, another Slack user; counts at once; 409 for the last administrator",
     schema<contract::PersonChange>,
     schema<contract::Person>,
     {},
     change_person},
    {"invite",
     "POST",
     "/api/v1/session/invitations",
     Permission::administer,
     "A link that signs one browser in, once, within 15 minutes: as yourself, or as a person",
     schema<contract::Invite>,
     schema<contract::Invitation>,
     {},
     invite},
    {"invite_first",
     "POST",
     "/api/v1/people/first",
     Permission::administer,
     "The link that makes the first administrator; 409 when there is somebody",
     nullptr,
     schema<contract::Invitation>,
     {},
     invite_first},
    {"invite_person",
     "POST",
     "/api/v1/people/{id}/invitation",
     Permission::administer,
     "A new link for a person; the one before ends",
     nullptr,
     schema<contract::InvitedPerson>,
     {},
     invite_person},
    {"list_people",
     "GET",
     "/api/v1/people",
     Permission::administer,
     "Who may sign in, by name",
     nullptr,
     schema<contract::Page<contract::Person>>,
     {},
     list_people},
    {"remove_person",
     "DELETE",
     "/api/v1/people/{id}",
     Permission::administer,
     "Forget a person; what they did stays in the audit trail; 409 for the last administrator",
     nullptr,
     nullptr,
     {},
     remove_person},
    {"show_session",
     "GET",
     "/api/v1/session",
     Permission::view,
     "Who is signed in, and as what",
     nullptr,
     schema<contract::Session>,
     {},
     show_session},
    {"sign_in",
     "POST",
     "/api/v1/session",
     Permission::anyone,
     "Sign a browser in with a link or the API's token",
     schema<contract::SignIn>,
     schema<contract::Session>,
     {},
     sign_in},
    {"sign_out",
     "DELETE",
     "/api/v1/session",
     Permission::anyone,
     "End the session of this browser",
     nullptr,
     nullptr,
     {},
     sign_out},
};

}  // namespace

std::span<const RouteRow> people_route_rows() { return kRoutes; }

}  // namespace selfheal::api
