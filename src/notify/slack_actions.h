#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/task.h"
#include "notify/slack_client.h"
#include "notify/slack_desk.h"

// What people press in Slack. A payload says who pressed what; who that is, what it stands for and whether it
// may be done is asked of ourselves. All else in a payload (texts, addresses, names) is not looked at.
namespace selfheal::notify {

// What Slack is told at once, within three seconds; the work follows.
struct SlackReceipt {
  // Of the answer's body or the envelope's payload: {"response_action": …}; absent: an empty answer.
  std::optional<boost::json::object> answer;
};

// One interaction, taken apart and checked for shape.
struct SlackPress {
  enum class What { review, take, mute, approve } what = What::review;
  std::string member;   // who pressed: "U024BE7LH"
  std::string channel;  // where, for an answer that only that person sees
  std::string trigger;  // opens a modal
  std::string view;     // the modal's id, of approve
  IncidentNumber incident;
  std::string plan_hash;  // of review and approve
  std::string plan_id;    // of approve
  std::string confirmed;  // of approve: what was typed or ticked
  SlackMute mute;
};

// invalid_input says what does not fit and repeats nothing of it. not_found: an interaction of another kind,
// which is none of ours.
Result<SlackPress> slack_press_of(const boost::json::object& payload);

class SlackActions {
 public:
  // All outlive it; stop() first.
  SlackActions(asio::any_io_executor executor, SlackClient& client, SlackDesk& desk, Clock& clock);
  ~SlackActions();
  SlackActions(const SlackActions&) = delete;
  SlackActions& operator=(const SlackActions&) = delete;

  // Never waits. The work goes on in a task of its own and ends in a modal or in a message for that person
  // only, whatever happens: a press that seems to do nothing is pressed again.
  SlackReceipt take(const boost::json::object& payload);

  asio::awaitable<void> stop();

 private:
  struct Answer;
  StatusTask work(SlackPress press);
  StatusTask review(SlackPress press, SlackPerson person, Deadline deadline);
  StatusTask approve(SlackPress press, SlackPerson person, Deadline deadline);
  StatusTask decide(SlackPress press, SlackPerson person, Deadline deadline);
  StatusTask whisper(const SlackPress& press, std::string text, Deadline deadline);
  StatusTask show(const SlackPress& press, boost::json::object view, Deadline deadline);

  SlackClient& client_;
  SlackDesk& desk_;
  Clock& clock_;
  std::set<std::string> applying_;  // windows whose plan is being carried out
  TaskGroup tasks_;
};

// Presses being worked on; people press a few at a time.
inline constexpr std::size_t kSlackPresses = 50;
// Approving waits until the remedy has acted.
inline constexpr Duration kSlackWork = 40s;
// A payload of Slack's with a message of ours in it.
inline constexpr std::size_t kSlackPayload = 256u << 10;

}  // namespace selfheal::notify
