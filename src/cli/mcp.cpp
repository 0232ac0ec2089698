// mcp: the Model Context Protocol on standard input and output, for clients that start a program. Each line
// goes to the server's /mcp as it is, so that both ways have the same tools, rights and limits.
#include <boost/json/serialize.hpp>
#include <istream>
#include <ostream>

#include "cli/internal/commands.h"

namespace selfheal::cli {
namespace {

namespace json = boost::json;

// What the server takes of one request.
constexpr std::size_t kLineBytes = 1u << 20;
constexpr int kInternalError = -32603;

enum class Line { read, too_long, end };

// The next line without its end.
Line next_line(std::istream& in, std::string& line) {
  line.clear();
  bool is_long = false;
  for (int c = in.get(); c != std::istream::traits_type::eof(); c = in.get()) {
    if (c == '\n') return is_long ? Line::too_long : Line::read;
    is_long = is_long || line.size() >= kLineBytes;
    if (!is_long) line += static_cast<char>(c);
  }
  if (is_long) return Line::too_long;
  return line.empty() ? Line::end : Line::read;
}

// One client's conversation with the server.
class Bridge {
 public:
  explicit Bridge(Invocation& invocation) : invocation_(invocation), api_(invocation) {}

  void pass_on(const std::string& line) {
    const auto message = contract::parse_json(line);
    http::ClientRequest request{.method = "POST", .target = "/mcp", .headers = {}, .body = line};
    request.headers.set("Accept", "application/json, text/event-stream");
    if (!version_.empty()) request.headers.set("MCP-Protocol-Version", version_);
    const auto response = api_.send_as_is(std::move(request));
    if (!response) return refuse(message, response.error().what);
    if (response->content_type.starts_with("application/json")) return answer(message, response->body);
    if (response->status / 100 != 2) refuse(message, Api::reason_of(*response));
  }
  void refuse_long() { refuse(failure("too long"), "a message has at most 1 MiB"); }

 private:
  // Points into what it is given; null when there is no such member.
  static const json::value* member(const json::value* message, std::string_view name) {
    const auto* object = message ? message->if_object() : nullptr;
    return object ? object->if_contains(name) : nullptr;
  }
  static const json::value* member(const Result<json::value>& message, std::string_view name) {
    return message ? member(&*message, name) : nullptr;
  }
  void answer(const Result<json::value>& message, const std::string& body) {
    const auto* method = member(message, "method");
    const auto parsed = contract::parse_json(body);
    if (!parsed) return refuse(message, "the server answered what is no JSON");
    if (method && *method == "initialize") {
      const auto* version = member(member(parsed, "result"), "protocolVersion");
      if (version && version->is_string()) version_ = std::string(version->get_string());
    }
    say(body);
  }
  // Nobody waits for an answer to a notification; a person finds the reason in the client's log.
  void refuse(const Result<json::value>& message, const std::string& why) {
    invocation_.streams.err << "selfheal: " << safe_text(why) << '\n' << std::flush;
    const auto* id = member(message, "id");
    if (message && !id) return;
    say(json::serialize(json::object{{"jsonrpc", "2.0"},
                                     {"id", id ? *id : json::value()},
                                     {"error", json::object{{"code", kInternalError}, {"message", why}}}}));
  }
  // As it came, on one line: a line break of JSON stands between its words only.
  void say(std::string message) {
    std::erase_if(message, [](char c) { return c == '\n' || c == '\r'; });
    invocation_.streams.out << message << '\n' << std::flush;
  }

  Invocation& invocation_;
  Api api_;
  std::string version_;  // agreed on; empty until then
};

}  // namespace

Answer<int> mcp(Invocation& invocation) {
  auto& streams = invocation.streams;
  if (streams.in_is_terminal)
    streams.err << "selfheal: speaks JSON-RPC, one message a line; meant to be started by an MCP client\n";
  Bridge bridge(invocation);
  std::string line;
  for (auto got = next_line(streams.in, line); got != Line::end; got = next_line(streams.in, line)) {
    if (got == Line::too_long)
      bridge.refuse_long();
    else if (line.find_first_not_of(" \t\r") != line.npos)
      bridge.pass_on(line);
    if (!streams.out) return std::unexpected(Trouble{kFailed, "nobody reads standard output any more"});
  }
  return kOk;
}

}  // namespace selfheal::cli
