// Whom Selfheal tells outside: channels, a test of one, what became of each try; and silence that ends.
#include <fmt/format.h>

#include <ostream>

#include "cli/internal/commands.h"
#include "contract/notification.h"
#include "contract/page.h"

namespace selfheal::cli {
namespace {

using contract::NotificationChannel;
using contract::NotificationChannels;
using contract::NotificationDelivery;

std::string how_it_goes(const NotificationChannel& channel) {
  if (!channel.why.empty()) return channel.why;
  return channel.last ? channel.last->answer : "nothing was sent yet";
}

std::string channels_text(const NotificationChannels& channels, const Style& style, bool headings) {
  Table table({{.title = "CHANNEL"},
               {.title = "KIND"},
               {.title = "TO"},
               {.title = "STATE"},
               {.title = "FROM"},
               {.title = "WAITING", .right = true},
               {.title = "GIVEN UP", .right = true},
               {.title = "DELIVERED"},
               {.title = "WHY", .text = true}});
  for (const auto& channel : channels.items)
    table.add({channel.name, channel.kind, channel.destination, channel.state, channel.min_severity,
               fmt::to_string(channel.waiting), fmt::to_string(channel.given_up),
               channel.last_delivered ? style.when(*channel.last_delivered) : "", how_it_goes(channel)});
  if (const auto& beat = channels.heartbeat)
    table.add({"heartbeat", "heartbeat", beat->destination, beat->why.empty() ? "ok" : "silent", "", "", "",
               beat->last_beat ? style.when(*beat->last_beat) : "", beat->why});
  return table.print(style, headings);
}

// Which end a mute has, as the options say; Trouble when they say two.
Answer<contract::MuteRequest> mute_of(const Arguments& arguments) {
  contract::MuteRequest request{.why = arguments.text("--why"), .for_s = {}, .until_events_an_hour = {}};
  const int said = (arguments.has("--for") ? 1 : 0) + (arguments.has("--until-worse") ? 1 : 0) +
                   (arguments.has("--until-rate") ? 1 : 0);
  if (said > 1)
    return std::unexpected(Trouble{kUsage, "a mute has one end: --for, --until-worse or --until-rate",
                                   "selfheal incident mute --help"});
  if (arguments.has("--for")) request.for_s = static_cast<int>(arguments.duration("--for") / 1s);
  if (arguments.has("--until-rate"))
    request.until_events_an_hour = static_cast<int>(arguments.number("--until-rate"));
  request.until_worse = arguments.has("--until-worse");
  return request;
}

}  // namespace

Answer<int> incident_mute(Invocation& invocation) {
  const auto id = invocation.arguments.text("INCIDENT");
  TRY(const auto request, mute_of(invocation.arguments));
  Api api(invocation, {{kNotFound, "selfheal incident list"}, {kConflict, "selfheal incident show " + id}});
  TRY(const auto body,
      api.post(path_of("incidents", id) + "/mute", contract::to_text(contract::to_json(request))));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto incident, api.read<contract::Incident>(body));
  print(invocation, fmt::format("{}\t{}\n", safe_text(incident.id), safe_text(incident.state)));
  return kOk;
}

Answer<int> notify_list(Invocation& invocation) {
  Api api(invocation);
  TRY(const auto body, api.get("/notifications/channels"));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto channels, api.read<NotificationChannels>(body));
  print(invocation, channels_text(channels, Style(invocation), !invocation.global.no_headers));
  return kOk;
}

Answer<int> notify_test(Invocation& invocation) {
  Api api(invocation, {{kNotFound, "selfheal notify list"}, {kConflict, "selfheal notify list"}});
  const auto path = path_of("notifications/channels", invocation.arguments.text("CHANNEL")) + "/test";
  TRY(const auto body, api.post(path, "{}"));
  TRY(const auto outcome, api.read<contract::NotificationTest>(body));
  if (invocation.global.json)
    print_json(invocation, body);
  else
    print(invocation, fmt::format("{}\t{}\n", safe_text(outcome.outcome), safe_text(outcome.answer)));
  return outcome.outcome == "delivered" ? kOk : kProblemsFound;
}

Answer<int> notify_deliveries(Invocation& invocation) {
  Api api(invocation);
  const auto& arguments = invocation.arguments;
  TRY(const auto body,
      api.get("/notifications/deliveries" + query_of({{"limit", arguments.text("--limit")},
                                                      {"cursor", arguments.text("--cursor")},
                                                      {"channel", arguments.text("--channel")},
                                                      {"outcome", arguments.text("--outcome")},
                                                      {"incident", arguments.text("--incident")}})));
  if (invocation.global.json) return print_json(invocation, body);
  TRY(const auto page, api.read<contract::Page<NotificationDelivery>>(body));
  const Style style(invocation);
  Table table({{.title = "AT"},
               {.title = "CHANNEL"},
               {.title = "INCIDENT"},
               {.title = "NEWS"},
               {.title = "OUTCOME"},
               {.title = "TRY", .right = true},
               {.title = "MS", .right = true},
               {.title = "ANSWER", .text = true}});
  for (const auto& one : page.items)
    table.add({style.when(one.at), one.channel, one.incident, one.change, one.outcome,
               fmt::to_string(one.attempt), fmt::to_string(one.took_ms), one.answer});
  print(invocation, table.print(style, !invocation.global.no_headers));
  if (page.next_cursor && !invocation.global.quiet)
    invocation.streams.err << "more: --cursor " << safe_text(*page.next_cursor) << "\n";
  return kOk;
}

}  // namespace selfheal::cli
