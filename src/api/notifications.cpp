// Whom we tell outside: channels, a test of each, what became of each try; and the ends of mutes.
#include <fmt/format.h>

#include "api/internal/handlers.h"
#include "api/internal/routes.h"
#include "api/internal/views.h"
#include "contract/notification.h"
#include "contract/page.h"

namespace selfheal::api {
namespace {

using contract::to_json;

int whole_seconds(Duration duration) { return static_cast<int>(duration / 1s); }

contract::NotificationDelivery view_of(const notify::DeliveryRecord& record) {
  return {.number = record.number,
          .channel = record.channel,
          .incident = record.incident ? to_text(*record.incident) : std::string(),
          .at = record.at,
          .change = record.change,
          .outcome = record.outcome,
          .answer = record.answer,
          .attempt = record.attempt,
          .took_ms = static_cast<int>(record.took / 1ms),
          .notice = record.notice};
}

contract::NotificationChannel view_of(const notify::ChannelState& channel, const notify::Backlog& backlog) {
  contract::NotificationChannel view{.name = channel.name,
                                     .kind = channel.kind,
                                     .destination = channel.destination,
                                     .state = channel.state,
                                     .why = channel.why,
                                     .since = channel.since,
                                     .edits = channel.can_edit,
                                     .min_severity = to_word(channel.rules.min_severity),
                                     .group_wait_s = whole_seconds(channel.rules.group_wait),
                                     .repeat_after_s = whole_seconds(channel.rules.repeat_after),
                                     .waiting = backlog.waiting,
                                     .given_up = backlog.parked,
                                     .last_delivered = backlog.last_delivered,
                                     .last = std::nullopt};
  if (backlog.last) view.last = view_of(*backlog.last);
  return view;
}

http::Response not_here(const Call& call) {
  return problem(call, {404, "no-notifications", "This server tells nobody", "Notifications are not wired."});
}

std::optional<http::Response> misfit_of(const Call& call, const contract::MuteRequest& request) {
  if (request.why.empty() || request.why.size() > kFieldBytes)
    return misfit(call,
                  {{"/why", fmt::format("must have 1 to {} bytes: people will want to know", kFieldBytes)}});
  const int said =
      (request.for_s ? 1 : 0) + (request.until_worse ? 1 : 0) + (request.until_events_an_hour ? 1 : 0);
  if (said > 1) return misfit(call, {{"", "one end: for_s, until_worse or until_events_an_hour"}});
  const auto longest = whole_seconds(notify::kLongestMute);
  if (request.for_s && (*request.for_s < 60 || *request.for_s > longest))
    return misfit(call, {{"/for_s", fmt::format("must be 60 to {}: every mute ends", longest)}});
  if (request.until_events_an_hour && *request.until_events_an_hour < 1)
    return misfit(call, {{"/until_events_an_hour", "must be 1 or more"}});
  return std::nullopt;
}

notify::MuteTerms terms_of(const contract::MuteRequest& request) {
  notify::MuteTerms terms{.until_worse = request.until_worse};
  if (request.for_s) terms.lasts = std::chrono::seconds(*request.for_s);
  if (request.until_events_an_hour) terms.events_an_hour = *request.until_events_an_hour;
  return terms;
}

constexpr QueryRow kDeliveryFilters[] = {
    {"channel", "of this channel"},
    {"cursor", "next_cursor of the page before"},
    {"incident", "about this incident"},
    {"limit", "rows of a page, 1 to 200; 50 without it"},
    {"outcome", "delivered, try_later or rejected"},
};

template <class T>
contract::json::value schema(contract::Schemas& schemas) {
  return schemas.of<T>();
}

// sorted
constexpr RouteRow kRoutes[] = {
    {"list_notification_channels",
     "GET",
     "/api/v1/notifications/channels",
     Permission::view,
     "Whom we tell outside, by which rules, and how that goes",
     nullptr,
     schema<contract::NotificationChannels>,
     {},
     list_notification_channels},
    {"list_notification_deliveries", "GET", "/api/v1/notifications/deliveries", Permission::view,
     "Every try to deliver, newest first", nullptr, schema<contract::Page<contract::NotificationDelivery>>,
     kDeliveryFilters, list_notification_deliveries},
    {"test_notification_channel",
     "POST",
     "/api/v1/notifications/channels/{name}/test",
     Permission::administer,
     "Send a test now; what was given up is tried again when it gets through",
     nullptr,
     schema<contract::NotificationTest>,
     {},
     test_notification_channel,
     0,
     "application/json",
     nullptr,
     kDecisionTimeout},
};

}  // namespace

std::span<const RouteRow> notification_route_rows() { return kRoutes; }

Task<http::Response> list_notification_channels(Call call) {
  auto* telling = call.context.parts.telling;
  if (telling == nullptr) co_return not_here(call);
  contract::NotificationChannels view;
  for (const auto& channel : telling->notifier.channels()) {
    CO_TRY(const auto backlog, co_await telling->outbox.backlog(channel.name, call.deadline));
    view.items.push_back(view_of(channel, backlog));
  }
  CO_TRY(const auto parked, co_await telling->outbox.parked(call.deadline));
  for (const auto& letter : parked)
    view.given_up.push_back(
        {letter.channel, to_text(letter.incident), letter.parked_at.value_or(Time{}), letter.last_answer});
  if (const auto beat = telling->heartbeat())
    view.heartbeat = contract::Heartbeat{beat->destination, beat->last_beat, beat->why};
  co_return answer(to_json(view));
}

Task<http::Response> list_notification_deliveries(Call call) {
  auto* telling = call.context.parts.telling;
  if (telling == nullptr) co_return not_here(call);
  notify::DeliveryFilter filter;
  CO_TRY(filter.limit, page_limit(call.request));
  CO_TRY(filter.before, cursor_of(call.request));
  if (const auto* channel = call.request.query_value("channel")) filter.channel = *channel;
  if (const auto* outcome = call.request.query_value("outcome")) filter.outcome = *outcome;
  if (const auto* incident = call.request.query_value("incident")) {
    CO_TRY(filter.incident, incident_number(*incident));
  }
  CO_TRY(const auto page, co_await telling->outbox.deliveries(std::move(filter), call.deadline));
  contract::Page<contract::NotificationDelivery> view;
  for (const auto& record : page.items) view.items.push_back(view_of(record));
  view.next_cursor = cursor_to(page.next);
  co_return answer(to_json(view));
}

Task<http::Response> test_notification_channel(Call call) {
  auto* telling = call.context.parts.telling;
  if (telling == nullptr) co_return not_here(call);
  CO_TRY(const auto delivery, co_await telling->notifier.test(call.request.parameter("name"), call.deadline));
  co_return answer(to_json(contract::NotificationTest{notify::word_of(delivery.outcome), delivery.answer}));
}

Task<http::Response> mute_incident(Call call) {
  CO_TRY(const auto number, incident_number(call.request.parameter("id")));
  auto request = body_of<contract::MuteRequest>(call);
  if (!request) co_return std::move(request).error();
  if (auto unfit = misfit_of(call, *request)) co_return *std::move(unfit);
  auto& parts = call.context.parts;
  CO_TRY(const auto incident, co_await parts.book.incident(number, call.deadline));
  if (auto changed = stale(call, incident.rev)) co_return *std::move(changed);
  const auto terms = terms_of(*request);
  auto why = request->why;
  if (parts.telling != nullptr) {
    CO_TRY_OK(co_await parts.telling->mutes.put(number, terms, call.deadline));
    why += " (" + notify::in_words(terms) + ")";
  }
  CO_TRY(const auto after, co_await parts.clinic.set_state(incident.server, number, IncidentState::muted,
                                                           call.caller.name, std::move(why)));
  co_return answer(to_json(view_of(after)));
}

}  // namespace selfheal::api
