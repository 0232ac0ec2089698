#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "access/person.h"
#include "api/authenticate.h"
#include "healing/ports.h"
#include "http/router.h"
#include "notify/slack_desk.h"

namespace selfheal::server {

// What is pressed in Slack goes through the API's own routes, in the name of the person who pressed: the same
// rights, checks, idempotency and records as on the page. On the control thread.
class SlackDeskOverApi final : public notify::SlackDesk {
 public:
  // Who is linked to that member of the workspace, or null. The pointer is used at once.
  using FindPerson = std::function<const access::Person*(std::string_view member)>;

  // `routes` are the API's; `incidents` outlives this.
  SlackDeskOverApi(std::vector<http::Route> routes, healing::IncidentBook& incidents, FindPerson find);

  Task<std::optional<notify::SlackPerson>> person_of(std::string member, Deadline deadline) override;
  Task<Incident> incident(IncidentNumber number, Deadline deadline) override;
  Task<std::string> approve(notify::SlackPerson person, Approval approval, Deadline deadline) override;
  StatusTask take(notify::SlackPerson person, IncidentNumber number, Deadline deadline) override;
  StatusTask mute(notify::SlackPerson person, IncidentNumber number, notify::SlackMute mute,
                  Deadline deadline) override;

 private:
  struct Operation {
    IncidentNumber incident;
    std::string verb;  // approve, take, mute
    std::string body;
    std::string once = {};
  };
  // The body of the API's answer; what it refuses becomes an Error with its words.
  Task<std::string> perform(notify::SlackPerson person, Operation operation);

  http::Router router_;
  healing::IncidentBook& incidents_;
  FindPerson find_;
};

}  // namespace selfheal::server
