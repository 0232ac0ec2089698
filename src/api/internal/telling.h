#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "assistant/conversation.h"
#include "contract/chat.h"
#include "contract/json.h"
#include "http/event_stream.h"

// What happens while a question is answered, as a stream of events and as one document.
namespace selfheal::api {

using Told =
    std::variant<contract::ChatRun, contract::ChatToolCall, contract::ChatToolResult, contract::ChatToken,
                 contract::ChatCitation, contract::ChatUsage, contract::ChatError, contract::ChatDone>;

Told told(assistant::RunEvent event, const std::string& chat);
// The event's name on the stream: "tool_call".
std::string name_of(const Told& event);
std::string data_of(const Told& event);

void add(contract::ChatAnswer& answer, const Told& event);
// As they would be told again.
std::vector<Told> events_of(const contract::ChatAnswer& answer);

// Events on their way to one client. What answers puts them in and never waits.
class Outbox {
 public:
  explicit Outbox(asio::any_io_executor executor);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // False when so much waits already that the client cannot be reading.
  bool put(const Told& event);
  void close();
  // Sends until it is closed and empty. False: the client has gone.
  asio::awaitable<bool> deliver(http::EventStream& stream);

 private:
  struct Waiting {
    std::string event;
    std::string data;
  };
  struct Bell;
  std::deque<Waiting> waiting_;
  std::size_t bytes_ = 0;
  bool is_closed_ = false;
  std::unique_ptr<Bell> bell_;
};

// Three of the largest results of SQL, which have 5 MiB.
inline constexpr std::size_t kOutboxBytes = 16u << 20;

}  // namespace selfheal::api
