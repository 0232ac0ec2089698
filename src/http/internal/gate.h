#pragma once

#include <optional>

#include "http/message.h"
#include "http/server.h"

namespace selfheal::http {

// What keeps the pages of strangers, open in the browser of somebody who may use Selfheal, from using it:
// Host must be a name of ours (against DNS rebinding), and unsafe methods must come from a page of ours
// (against forged requests).
std::optional<Problem> objection_of_gate(const Request& request, const ServerOptions& options);

}  // namespace selfheal::http
