#include "server/slack_desk.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/random.h"

namespace selfheal::server {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  const auto* found = object ? object->if_contains(name) : nullptr;
  return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

ErrorCode code_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return ErrorCode::refused;
    case 404:
      return ErrorCode::not_found;
    case 409:
    case 412:
    case 422:
      return ErrorCode::conflict;
    case 503:
      return ErrorCode::unavailable;
    case 504:
      return ErrorCode::timed_out;
    default:
      return ErrorCode::failed;
  }
}

// The words of problem+json are for people.
Error error_of(const http::Response& response) {
  boost::system::error_code unreadable;
  const auto problem = json::parse(response.body, unreadable);
  auto text = unreadable ? std::string() : text_of(problem, "detail");
  if (text.empty() && !unreadable) text = text_of(problem, "title");
  if (text.empty()) text = fmt::format("the API answered {}", response.status);
  return {code_of(response.status), std::move(text)};
}

}  // namespace

SlackDeskOverApi::SlackDeskOverApi(std::vector<http::Route> routes, healing::IncidentBook& incidents,
                                   FindPerson find)
    : router_(std::move(routes)), incidents_(incidents), find_(std::move(find)) {}

Task<std::optional<notify::SlackPerson>> SlackDeskOverApi::person_of(std::string member, Deadline) {
  const auto* person = find_(member);
  if (!person || person->rights() == access::Role::nobody) co_return std::optional<notify::SlackPerson>();
  co_return notify::SlackPerson{.member = member,
                                .name = person->name,
                                .role = to_word(person->role),
                                .may_decide = access::may(person->rights(), access::Permission::operate)};
}

Task<Incident> SlackDeskOverApi::incident(IncidentNumber number, Deadline deadline) {
  auto incident = co_await incidents_.find(number, deadline);
  co_return incident;
}

Task<std::string> SlackDeskOverApi::perform(notify::SlackPerson person, Operation operation) {
  // Looked up again: rights may have been taken away since the window was opened.
  const auto* known = find_(person.member);
  if (!known) co_return failure(ErrorCode::refused, "your Slack account is not linked any more");
  http::Request request{
      .method = "POST",
      .target = fmt::format("/api/v1/incidents/{}/{}", to_text(operation.incident), operation.verb),
      .body = std::move(operation.body),
      .request_id = random_token().substr(0, 24)};
  request.path = request.target;
  request.headers.add("Content-Type", "application/json");
  if (!operation.once.empty()) request.headers.add("Idempotency-Key", operation.once);
  request.principal = api::Caller{.role = known->rights(), .name = known->name + " (via Slack)"};
  auto match = router_.match(request.method, request.path);
  const auto* handler = match.route ? std::get_if<http::Handler>(&match.route->handler) : nullptr;
  if (!handler) co_return failure(ErrorCode::not_found, "this version of Selfheal cannot do that");
  request.pattern = match.route->pattern;
  request.parameters = std::move(match.parameters);
  auto response = co_await (*handler)(request);
  if (response.status != 200) co_return std::unexpected(error_of(response));
  co_return std::move(response.body);
}

Task<std::string> SlackDeskOverApi::approve(notify::SlackPerson person, Approval approval, Deadline) {
  Operation operation{
      .incident = approval.incident,
      .verb = "approve",
      .body = json::serialize(json::object{{"plan_id", approval.plan_id}, {"plan_hash", approval.plan_hash}}),
      .once = std::move(approval.once)};
  CO_TRY(const auto body, co_await perform(std::move(person), std::move(operation)));
  boost::system::error_code unreadable;
  const auto answer = json::parse(body, unreadable);
  if (unreadable) co_return failure("the API's answer cannot be read");
  auto word = text_of(answer, "outcome");
  const auto reason = text_of(answer, "reason");
  if (word == "treated")
    co_return fmt::format("Applied. {} Whether it helped is told in the channel.", reason);
  std::ranges::replace(word, '_', ' ');
  co_return fmt::format("Not applied, {}: {}", word, reason);
}

StatusTask SlackDeskOverApi::take(notify::SlackPerson person, IncidentNumber number, Deadline) {
  Operation operation{.incident = number, .verb = "take", .body = "{}"};
  CO_TRY(const auto body, co_await perform(std::move(person), std::move(operation)));
  co_return Status{};
}

StatusTask SlackDeskOverApi::mute(notify::SlackPerson person, IncidentNumber number, notify::SlackMute mute,
                                  Deadline) {
  json::object request{{"why", "muted in Slack"}};
  if (mute.lasts) request["for_s"] = std::chrono::duration_cast<std::chrono::seconds>(*mute.lasts).count();
  if (mute.until_worse) request["until_worse"] = true;
  if (mute.events_an_hour) request["until_events_an_hour"] = *mute.events_an_hour;
  Operation operation{.incident = number, .verb = "mute", .body = json::serialize(request)};
  CO_TRY(const auto body, co_await perform(std::move(person), std::move(operation)));
  co_return Status{};
}

}  // namespace selfheal::server
