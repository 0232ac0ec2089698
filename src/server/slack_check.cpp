#include "server/slack_check.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "notify/slack_client.h"
#include "server/notifications.h"

namespace selfheal::server {
namespace {

constexpr Duration kTimeout = 10s;

Examined verdict(const char* name, const char* what, const std::optional<notify::SlackFailure>& failure) {
  if (!failure)
    return {.name = name, .finding = Finding::right, .detail = fmt::format("{} is known to Slack", what)};
  return {.name = name,
          .finding = Finding::problem,
          .detail = fmt::format("{}: {}", what, failure->explanation())};
}

StatusTask ask(notify::SlackClient& client, const Config& config, Clock& clock,
               std::vector<Examined>& found) {
  const auto bot = co_await client.call("auth.test", {}, clock.deadline_in(kTimeout));
  found.push_back(verdict("slack bot", "the bot token", bot ? std::nullopt : std::optional(bot.error())));
  const auto way = slack_way_in(config);
  if (way == SlackWayIn::none)
    found.push_back({.name = "slack press",
                     .finding = Finding::note,
                     .detail = "no presses come in: set SLACK_APP_TOKEN, and messages have buttons"});
  if (way != SlackWayIn::socket_mode) co_return Status{};
  const auto app = co_await client.open_socket(clock.deadline_in(kTimeout));
  found.push_back(
      verdict("slack press", "the app-level token", app ? std::nullopt : std::optional(app.error())));
  co_return Status{};
}

}  // namespace

std::vector<Examined> examine_slack(const Config& config, Clock& clock) {
  std::vector<Examined> found;
  const auto& settings = config.notify;
  if (settings.slack_bot_token.empty() || !channels_in(config).front().off_why.empty()) return found;
  notify::Outbound outbound({.allow_plain_http = settings.allow_http});
  notify::SlackClient client({.base_url = settings.slack_api,
                              .bot_token = settings.slack_bot_token,
                              .app_token = settings.slack_app_token},
                             outbound, clock);
  asio::io_context context(1);
  std::exception_ptr thrown;
  asio::co_spawn(context, ask(client, config, clock, found),
                 [&thrown](std::exception_ptr exception, const Status&) { thrown = exception; });
  context.run();
  if (thrown)
    found.push_back({.name = "slack bot", .finding = Finding::problem, .detail = "Slack could not be asked"});
  return found;
}

}  // namespace selfheal::server
