#include "notify/slack_actions.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "base/log.h"
#include "notify/slack_blocks.h"
#include "notify/slack_modals.h"
#include "pg/redact.h"

namespace selfheal::notify {
namespace {

namespace json = boost::json;

constexpr std::size_t kText = 600;

// How an Error of ours reads for the person who pressed.
std::string sentence_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::refused:
      return "Not allowed: " + error.message;
    case ErrorCode::conflict:
      return "Nothing was done: " + error.message;
    case ErrorCode::not_found:
      return "There is no such incident any more.";
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
      return "Selfheal cannot do this now: " + error.message + " Try again in a moment.";
    default:
      return "That did not work: " + error.message;
  }
}

Mrkdwn redacted(const std::string& text) { return slack_prose(pg::redact_own_text(text).text(), kText); }

std::string how_to_link(const std::string& member) {
  return fmt::format(
      "Selfheal does not know who you are, so nothing was done. Link your account: in Selfheal open "
      "Settings, "
      "People and enter the Slack member id {} with your name, or ask an administrator to.",
      member);
}

}  // namespace

SlackActions::SlackActions(asio::any_io_executor executor, SlackClient& client, SlackDesk& desk, Clock& clock)
    : client_(client), desk_(desk), clock_(clock), tasks_(executor) {}

SlackActions::~SlackActions() = default;

asio::awaitable<void> SlackActions::stop() { co_await tasks_.stop(); }

SlackReceipt SlackActions::take(const json::object& payload) {
  auto press = slack_press_of(payload);
  if (!press) {
    if (press.error().code != ErrorCode::not_found) log::warning("{}", press.error().message);
    return {};
  }
  if (tasks_.running() >= kSlackPresses) {
    log::warning("Slack: more than {} presses at once; one was dropped", kSlackPresses);
    return {};
  }
  SlackReceipt receipt;
  const bool submitted = press->what == SlackPress::What::approve;
  if (submitted && press->confirmed != press->plan_hash) {
    receipt.answer = {
        {"response_action", "errors"},
        {"errors", json::object{{kSlackConfirmBlock, "Tick the box to say that you want this."}}}};
    return receipt;
  }
  // The window stays open and tells how it goes; the button in it is gone.
  if (submitted)
    receipt.answer = {
        {"response_action", "update"},
        {"view", slack_note_view(press->incident, "Applying… this window tells what came of it."_slack)}};
  // Pressed twice: the first tells what came of it.
  if (submitted && applying_.contains(press->view)) return receipt;
  tasks_.spawn("a press in Slack", work(*std::move(press)));
  return receipt;
}

StatusTask SlackActions::work(SlackPress press) {
  const auto deadline = clock_.deadline_in(kSlackWork);
  const auto person = co_await desk_.person_of(press.member, deadline);
  const bool approves = press.what == SlackPress::What::approve;
  if (!person || !*person) {
    const auto text = person ? how_to_link(press.member) : sentence_of(person.error());
    if (approves) CO_TRY_OK(co_await show(press, slack_note_view(press.incident, redacted(text)), deadline));
    CO_TRY_OK(co_await whisper(press, text, deadline));
    co_return Status{};
  }
  auto status = Status{};
  if (press.what == SlackPress::What::review)
    status = co_await review(press, **person, deadline);
  else if (approves)
    status = co_await approve(press, **person, deadline);
  else
    status = co_await decide(press, **person, deadline);
  co_return status;
}

StatusTask SlackActions::review(SlackPress press, SlackPerson person, Deadline deadline) {
  const auto incident = co_await desk_.incident(press.incident, deadline);
  auto view = incident ? slack_plan_view({.incident = *incident,
                                          .person = person,
                                          .channel = press.channel,
                                          .shown_hash = press.plan_hash,
                                          .now = clock_.now()})
                       : slack_note_view(press.incident, redacted(sentence_of(incident.error())));
  json::object arguments{{"trigger_id", press.trigger}, {"view", std::move(view)}};
  const auto opened = co_await client_.call("views.open", std::move(arguments), deadline);
  if (opened) co_return Status{};
  log::warning("Slack: a window could not be opened: {}", opened.error().explanation());
  auto told =
      co_await whisper(press, "The window could not be opened: " + opened.error().explanation(), deadline);
  co_return told;
}

StatusTask SlackActions::approve(SlackPress press, SlackPerson person, Deadline deadline) {
  SlackDesk::Approval approval{.incident = press.incident,
                               .plan_id = press.plan_id,
                               .plan_hash = press.plan_hash,
                               .once = press.view + "-" + press.plan_hash};
  struct Applying {
    Applying(std::set<std::string>& all, std::string view) : windows(all), window(std::move(view)) {
      windows.insert(window);
    }
    ~Applying() { windows.erase(window); }
    Applying(const Applying&) = delete;
    Applying& operator=(const Applying&) = delete;
    std::set<std::string>& windows;
    std::string window;
  };
  const Applying applying(applying_, press.view);
  const auto outcome = co_await desk_.approve(person, std::move(approval), deadline);
  const auto text =
      outcome ? "✓ "_slack + redacted(*outcome) : "✗ "_slack + redacted(sentence_of(outcome.error()));
  auto shown = co_await show(press, slack_note_view(press.incident, text), deadline);
  co_return shown;
}

// What needs no window.
StatusTask SlackActions::decide(SlackPress press, SlackPerson person, Deadline deadline) {
  const bool mutes = press.what == SlackPress::What::mute;
  auto status = Status{};
  if (mutes)
    status = co_await desk_.mute(person, press.incident, press.mute, deadline);
  else
    status = co_await desk_.take(person, press.incident, deadline);
  const auto id = to_text(press.incident);
  auto text = mutes ? fmt::format("{} is muted. It speaks up again by itself.", id)
                    : fmt::format("{} is yours: its page says that you are on it.", id);
  if (!status) text = sentence_of(status.error());
  auto told = co_await whisper(press, std::move(text), deadline);
  co_return told;
}

StatusTask SlackActions::whisper(const SlackPress& press, std::string text, Deadline deadline) {
  const auto safe = pg::redact_own_text(text).text();
  json::object arguments{{"channel", press.channel},
                         {"user", press.member},
                         {"text", slack_plain(safe, kText)},
                         {"blocks", json::array{slack_section(slack_prose(safe, kText))}},
                         {"parse", "none"},
                         {"link_names", false}};
  const auto answer = co_await client_.call("chat.postEphemeral", std::move(arguments), deadline);
  if (!answer) log::warning("Slack: an answer to a press was not shown: {}", answer.error().explanation());
  co_return Status{};
}

StatusTask SlackActions::show(const SlackPress& press, json::object view, Deadline deadline) {
  json::object arguments{{"view_id", press.view}, {"view", std::move(view)}};
  const auto answer = co_await client_.call("views.update", std::move(arguments), deadline);
  if (!answer) log::warning("Slack: what came of a press was not shown: {}", answer.error().explanation());
  co_return Status{};
}

}  // namespace selfheal::notify
