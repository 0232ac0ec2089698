#pragma once

#include <memory>
#include <vector>

#include "assistant/chat.h"
#include "assistant/settings.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/task.h"

namespace selfheal::assistant {

// Asks a language model over OpenAI's protocol. What fails in passing is asked again (twice, with pauses,
// never below what the server asks for); a used-up quota or five failures in a row close the way for a while.
// Call it on one thread; the transfers run on threads of its own. Cancelling a call ends its transfer at
// once. Errors and what it logs hold no key, no question and no word of the answer.
//
//   unavailable    nobody answers, the server is overloaded or limits us, its quota is used up, or too many
//                  calls are under way: fall back, or try later
//   timed_out      the deadline, a try's timeout, or silence
//   refused        the key is not accepted
//   invalid_input  the answer is not what it should be (no JSON, cut, too long, not by the schema)
//   failed         the server refuses the request
class Client {
 public:
  // `clock` and `random` outlive the client, and the client its calls.
  Client(const Settings& settings, Clock& clock, Random& random);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // A streamed answer is asked for again only while nothing of it was shown.
  Task<Answer> chat(ChatRequest request, Deadline deadline);
  // One vector a text, in their order; at most 256 texts.
  Task<std::vector<std::vector<float>>> embed(std::vector<OutgoingText> texts, Deadline deadline);

  // Whether a call is worth its while now.
  bool is_open() const;
  // Calls whose transfer has not ended.
  int under_way() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace selfheal::assistant
