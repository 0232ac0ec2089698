#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "model/incident.h"
#include "notify/slack_desk.h"
#include "notify/slack_text.h"

// The windows in which people read a plan and agree to it. Pure.
namespace selfheal::notify {

struct SlackPlanView {
  const Incident& incident;
  const SlackPerson& person;
  std::string channel;     // where the button was pressed
  std::string shown_hash;  // of the message whose button was pressed
  Time now{};
};

// The plan, its risk, what is lost, its undo, and a box to tick that names the object; or why nothing can be
// applied. Approving is bound to the plan shown here.
boost::json::object slack_plan_view(const SlackPlanView& shown);

// Something to read and nothing to press.
boost::json::object slack_note_view(IncidentNumber incident, const Mrkdwn& text);

// The names that a modal's answer carries.
inline constexpr std::string_view kSlackApply = "fix.apply";
inline constexpr std::string_view kSlackConfirmBlock = "confirm";
inline constexpr std::string_view kSlackConfirmAction = "confirmed";

}  // namespace selfheal::notify
