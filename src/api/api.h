#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/people.h"
#include "api/answering.h"
#include "api/authenticate.h"
#include "api/ourselves.h"
#include "api/ports.h"
#include "api/telling_people.h"
#include "assistant/wording.h"
#include "base/pulse.h"
#include "base/random.h"
#include "health/monitor.h"
#include "http/event_stream.h"
#include "http/router.h"
#include "sample/application.h"

namespace selfheal::api {

// What chats and MCP need.
struct Assistance {
  assistant::World& world;
  assistant::ChatBook& chats;
  Answering& answering;
};

// Everything outlives the Api.
struct Parts {
  Book& book;
  Administration& administration;
  Clinic& clinic;
  Console& console;
  Recollection& recollection;
  http::EventFeed& feed;
  Clock& clock;
  access::People& people;
  Assistance assistance;
  Random& random;
  const Pulse& pulse;                     // of the control thread
  assistant::Wording* wording = nullptr;  // of explanations; null: there is no language model
  health::Monitors* monitors = nullptr;           // null: nobody measures
  health::HistoryBook* health_history = nullptr;  // likewise
  const Ourselves* ourselves = nullptr;           // null: there is no more to tell
  TellingPeople* telling = nullptr;       // null: nobody is told
  sample::Application* sample = nullptr;  // null: it is off
};

struct Options {
  Credentials credentials;
  std::string version;  // of the program: "0.1.0"
  std::string pages;    // where a browser finds them: "http://127.0.0.1:5000"
};

// REST and event stream under /api/v1, and /metrics. On the control thread.
class Api {
 public:
  Api(Parts parts, Options options);
  ~Api();  // after the http::Server that has its routes
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // For the server's router, beside the routes of the pages. They refer to this object.
  std::vector<http::Route> routes();
  // For http::ServerOptions::before: says who asks. Never answers by itself; each route demands its own
  // permission.
  std::function<asio::awaitable<std::optional<http::Response>>(http::Request&)> before();
  // The address of the page that makes the first administrator, with a link of its own that ends the one before;
  // nothing when there is somebody.
  std::optional<std::string> first_administrator_url();
  // The OpenAPI 3.1 description of the routes, printed from their table.
  const std::string& description() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A store call takes milliseconds; what takes longer is answered 504 and may be tried again.
inline constexpr Duration kStoreTimeout = 5s;
// Approving waits until the remedy has acted: longer than an act may take, shorter than a request may.
inline constexpr Duration kDecisionTimeout = 28s;
// A batch of reports: a thousand lines of a few kilobytes.
inline constexpr std::size_t kReportBodyBytes = 4u << 20;

}  // namespace selfheal::api
