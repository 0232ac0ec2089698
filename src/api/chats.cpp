#include "api/internal/chats.h"

#include <algorithm>

#include "api/internal/handlers.h"
#include "contract/page.h"

// Conversations as they are kept: begin one, list, read, forget.
namespace selfheal::api {
namespace {

using contract::to_json;

constexpr std::string_view kMade = "chat-";
constexpr std::size_t kMadeDigits = 32;
constexpr std::size_t kIdBytes = 64;
constexpr std::size_t kTitleBytes = 200;

std::string id_in(const Call& call) { return call.request.parameter("id"); }

contract::ChatTurn view_of(const assistant::Turn& turn) {
  contract::ChatTurn view{.role = turn.role, .text = turn.text, .tools = nullptr, .at = turn.at};
  if (auto tools = contract::parse_json(turn.tools_json)) view.tools = *std::move(tools);
  return view;
}

}  // namespace

bool is_chat_id(std::string_view id) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= kIdBytes && std::ranges::all_of(id, fits);
}

bool is_made_by_us(std::string_view id) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return id.starts_with(kMade) && id.size() == kMade.size() + kMadeDigits &&
         std::ranges::all_of(id.substr(kMade.size()), is_digit);
}

std::string new_chat_id() { return std::string(kMade) + random_token().substr(0, kMadeDigits); }

contract::Chat view_of(const assistant::Chat& chat) {
  contract::Chat view{
      .id = chat.id, .title = chat.title, .about = {}, .server = {}, .at = chat.at, .turns = {}};
  if (chat.about) view.about = to_text(*chat.about);
  if (chat.server) view.server = chat.server->value();
  for (const auto& turn : chat.turns) view.turns.push_back(view_of(turn));
  return view;
}

Task<Aim> aim_of(Call call, std::optional<std::string> server, std::optional<std::string> about) {
  Aim aim;
  if (server) {
    const auto servers = call.context.parts.administration.servers();
    const auto found = std::ranges::find(servers, ServerId(*server), &ServerState::name);
    if (found == servers.end())
      co_return failure(ErrorCode::not_found, "no watched server has the name that /server says");
    aim.server = found->name;
  }
  if (about) {
    CO_TRY(const auto number, incident_number(*about));
    CO_TRY(const auto incident, co_await call.context.parts.book.incident(number, call.deadline));
    aim.about = incident.number;
  }
  co_return aim;
}

Task<http::Response> create_chat(Call call) {
  auto body = body_of<contract::NewChat>(call);
  if (!body) co_return std::move(body).error();
  if (body->title && body->title->size() > kTitleBytes)
    co_return misfit(call, {{"/title", "must have at most 200 bytes"}});
  CO_TRY(auto aim, co_await aim_of(call, std::move(body->server), std::move(body->about)));
  const assistant::Chat chat{.id = new_chat_id(),
                             .title = body->title.value_or(""),
                             .owner = call.caller.key(),
                             .about = aim.about,
                             .server = std::move(aim.server),
                             .at = call.context.parts.clock.now(),
                             .turns = {}};
  CO_TRY_OK(co_await call.context.parts.assistance.chats.put(chat, call.deadline));
  auto response = answer(to_json(view_of(chat)), 201);
  response.headers.set("Location", "/api/v1/chats/" + chat.id);
  co_return response;
}

Task<http::Response> list_chats(Call call) {
  CO_TRY(const auto limit, page_limit(call.request));
  CO_TRY(const auto chats,
         co_await call.context.parts.assistance.chats.list(call.caller.key(), limit, call.deadline));
  contract::Page<contract::Chat> view;
  for (const auto& chat : chats) view.items.push_back(view_of(chat));
  co_return answer(to_json(view));
}

Task<http::Response> show_chat(Call call) {
  CO_TRY(const auto chat, co_await call.context.parts.assistance.chats.find(id_in(call), call.caller.key(),
                                                                            kTurnsShown, call.deadline));
  co_return answer(to_json(view_of(chat)));
}

Task<http::Response> remove_chat(Call call) {
  CO_TRY_OK(
      co_await call.context.parts.assistance.chats.remove(id_in(call), call.caller.key(), call.deadline));
  co_return http::empty_response();
}

Task<http::Response> stop_run(Call call) {
  if (!call.context.runs.stop(id_in(call), call.caller.key()))
    co_return failure(ErrorCode::not_found, "no answer of that id is being given to you");
  co_return http::empty_response();
}

}  // namespace selfheal::api
