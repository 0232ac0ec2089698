#pragma once

#include <fmt/format.h>

#include <expected>
#include <map>
#include <string>
#include <string_view>

#include "cli/command.h"
#include "cli/output.h"
#include "contract/json.h"
#include "http/client.h"

// The API as the commands use it: one call, its answer read, its refusal as Trouble.
namespace selfheal::cli {

template <class T>
using Answer = std::expected<T, Trouble>;

// A command line to try, by the exit code that it helps with.
using Advice = std::map<int, std::string>;

class Api {
 public:
  explicit Api(const Invocation& invocation, Advice advice = {});

  // The target begins behind /api/v1 and is encoded already. Anything but 2xx is Trouble; but 503 with JSON,
  // which is how the server says of itself that it is not ready, is an answer.
  Answer<std::string> send(http::ClientRequest request);
  Answer<std::string> get(std::string_view path);
  Answer<std::string> post(std::string_view path, std::string json);
  // The answer to any target, whatever its status.
  Answer<http::Response> send_as_is(http::ClientRequest request);
  // Why such an answer is none, as a sentence.
  static std::string reason_of(const http::Response& response);
  // A request that is answered as a stream of events, until `on_event` returns false or the server ends it.
  Answer<void> tell(http::ClientRequest request, const std::function<bool(const http::SseEvent&)>& on_event);
  // Until `on_event` returns false or the server ends the stream.
  Answer<void> events(const std::function<bool(const http::SseEvent&)>& on_event, const std::string& last_id);

  template <class T>
  Answer<T> read(std::string_view body) const {
    auto parsed = contract::from_text<T>(body, contract::Reading::lenient);
    if (!parsed.problems.empty()) return std::unexpected(unreadable(parsed.problems.front()));
    return std::move(parsed.value);
  }
  template <class T>
  Answer<T> get_as(std::string_view path) {
    TRY(const auto body, get(path));
    return read<T>(body);
  }

 private:
  Trouble unreadable(const contract::FieldProblem& problem) const;
  Trouble trouble_of(const http::Response& response) const;
  Trouble trouble_of(const Error& error) const;
  Trouble with_advice(Trouble trouble) const;

  std::string server_;
  Advice advice_;
  http::Client client_;
};

// "/incidents/SH-142", "/databases/acme/prod": the id encoded segment by segment, as the API reads names.
std::string path_of(std::string_view collection, std::string_view id);
// "?a=b&c=d" of those that are not empty, encoded; "" when all are.
std::string query_of(const std::vector<std::pair<std::string, std::string>>& parameters);

// The API's JSON, as it came.
int print_json(const Invocation& invocation, std::string_view body);
void print(const Invocation& invocation, std::string_view text);  // nothing with --quiet

// A row's function: what went wrong is reported.
std::function<int(Invocation&)> reporting(Answer<int> (*command)(Invocation&));

}  // namespace selfheal::cli
