#pragma once

#include <optional>

#include "assistant/client.h"
#include "assistant/internal/purse.h"
#include "assistant/internal/run.h"

namespace selfheal::assistant::internal {

// Lets a model answer: rounds of its words and of tools, the last one without tools. What it says is shown as
// it comes; its calls are looked up in our table, checked and limited like anybody's. Each round is paid from
// the purse: its prompt before it is asked for, the rest when it was answered. Returns why it did not come to
// an end, if so.
asio::awaitable<std::optional<Error>> answer_by_model(Run& run, Client& model, Purse& purse, int rounds);

}  // namespace selfheal::assistant::internal
