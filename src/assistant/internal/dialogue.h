#pragma once

#include <optional>

#include "assistant/client.h"
#include "assistant/internal/run.h"

namespace selfheal::assistant::internal {

// What came of asking a model.
struct Dialogue {
  Usage usage;
  std::optional<Error> error;  // it did not come to an end
};

// Lets a model answer: rounds of its words and of tools, the last one without tools. What it says is shown as
// it comes; its calls are looked up in our table, checked and limited like anybody's.
asio::awaitable<Dialogue> answer_by_model(Run& run, Client& model, int rounds);

}  // namespace selfheal::assistant::internal
