#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/internal/context.h"
#include "assistant/ports.h"
#include "contract/chat.h"

namespace selfheal::api {

// 1 to 64 of [A-Za-z0-9._-]: what a client may call a chat, as well as our own.
bool is_chat_id(std::string_view id);
// Ids that we made are begun by us alone: a chat that is gone, or another's, does not begin anew.
bool is_made_by_us(std::string_view id);
std::string new_chat_id();

contract::Chat view_of(const assistant::Chat& chat);

// What a message or a new chat says it is about. An Error names the field that does not fit.
struct Aim {
  std::optional<ServerId> server;
  std::optional<IncidentNumber> about;
};
Task<Aim> aim_of(Call call, std::optional<std::string> server, std::optional<std::string> about);

// Turns that a page shows.
inline constexpr int kTurnsShown = 200;
// Turns that a question is understood by: more make a model slow and forgetful.
inline constexpr int kTurnsBefore = 20;

}  // namespace selfheal::api
