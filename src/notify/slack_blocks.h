#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "notify/notice.h"
#include "notify/slack_text.h"

// A notice as Slack shows it, in the order in which somebody on call reads: what, how sure, why, what is
// proposed, what to do, where to look. Pure.
namespace selfheal::notify {

// How the message is sent. Only an app's messages can carry buttons: a webhook's would show a warning.
enum class SlackWay { webhook, app };

struct SlackMessage {
  // {"text": …, "blocks": […]} and what keeps Slack from adding to it.
  boost::json::object payload;
  // What was wrong while it was, to be shown when it is over. Not escaped.
  std::string fired;
};

// A line of the thread: what happened to the incident, and when. Not escaped.
struct SlackEntry {
  std::string at;  // "14:02:11 UTC"
  std::string what;
  std::string text;
};

// `fired` is of the message before, or empty.
SlackMessage slack_message_of(const Notice& notice, SlackWay way, const std::string& fired);

std::vector<SlackEntry> slack_entries_of(const Notice& notice);
// The last ones, oldest first.
boost::json::object slack_thread_message(const std::vector<SlackEntry>& entries);

// The parts of a payload, with which modals are built, too. `label` is plain text.
boost::json::object slack_plain_object(std::string_view text, std::size_t most);
boost::json::object slack_section(const Mrkdwn& text);
boost::json::object slack_context(const Mrkdwn& text);
boost::json::object slack_header(std::string_view text);

// "awaiting approval", "likely", "high".
std::string slack_words(std::string_view word);
// "14:02:11 UTC".
std::string slack_time(Time at);
// The limits of Slack's documentation.
inline constexpr std::size_t kSlackHeader = 150;
inline constexpr std::size_t kSlackSection = 3000;
inline constexpr std::size_t kSlackField = 2000;
inline constexpr std::size_t kSlackButton = 75;
inline constexpr std::size_t kSlackBlocks = 50;
// Slack refuses messages below its own limits (msg_blocks_too_long at about 13,000 characters).
inline constexpr std::size_t kSlackMessage = 12000;

}  // namespace selfheal::notify
