#include "http/internal/response_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace selfheal::http {
namespace {

struct Reason {
  int status;
  std::string_view text;
};

constexpr Reason kReasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};

std::string_view reason_of(int status) {
  const auto* it = std::ranges::find(kReasons, status, &Reason::status);
  return it == std::end(kReasons) ? std::string_view() : it->text;
}

void add_field(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ");
  // A line break in a value would begin a field of somebody else's making.
  std::ranges::transform(value, std::back_inserter(text),
                         [](unsigned char c) { return static_cast<char>(c < 0x20 && c != '\t' ? ' ' : c); });
  text += "\r\n";
}

void add_default(std::string& text, const Response& response, std::string_view name, std::string_view value) {
  if (!response.headers.contains(name)) add_field(text, name, value);
}

void add_safety(std::string& text, const Request& request, const Response& response) {
  const bool page = response.content_type.starts_with("text/html");
  add_default(text, response, "Content-Security-Policy",
              page ? "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
                   : "default-src 'none'; frame-ancestors 'none'");
  add_default(text, response, "X-Content-Type-Options", "nosniff");
  add_default(text, response, "Referrer-Policy", "no-referrer");
  add_default(text, response, "Cross-Origin-Resource-Policy", "same-origin");
  const bool api = request.path == "/api" || request.path.starts_with("/api/");
  if (api || response.status >= 400) add_default(text, response, "Cache-Control", "no-store");
}

// 204 and 304 have no body and 204 no length either (RFC 9110 section 8.6).
bool has_body(int status) { return status != 204 && status != 304; }

bool has_line_break(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos;
}

}  // namespace

std::string response_text(const Request& request, const Response& response, const Framing& framing) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  add_field(text, "Date",
            fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                        fmt::gmtime(std::chrono::system_clock::to_time_t(framing.now))));
  if (!response.content_type.empty()) add_field(text, "Content-Type", response.content_type);
  if (framing.streaming) {
    if (framing.version >= 11) add_field(text, "Transfer-Encoding", "chunked");
  } else if (has_body(response.status)) {
    add_field(text, "Content-Length", std::to_string(response.body.size()));
  }
  if (framing.close) {
    add_field(text, "Connection", "close");
  } else if (framing.version < 11) {
    add_field(text, "Connection", "keep-alive");
  }
  if (!request.request_id.empty()) add_field(text, "X-Request-Id", request.request_id);
  for (const auto& [name, value] : response.headers) add_field(text, name, value);
  add_safety(text, request, response);
  text += "\r\n";
  if (!framing.streaming && !framing.head_only && has_body(response.status)) text += response.body;
  return text;
}

std::string chunk_text(std::string_view data, int version) {
  return version >= 11 ? fmt::format("{:x}\r\n{}\r\n", data.size(), data) : std::string(data);
}

std::string event_text(std::string_view id, std::string_view event, std::string_view data) {
  CHECK(!has_line_break(id) && !has_line_break(event));
  std::string text;
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  if (!event.empty()) text.append("event: ").append(event).append("\n");
  while (true) {
    // All three line ends of the format end a line of data; the reader gets a line feed back.
    const auto end = std::min(data.find_first_of("\r\n"), data.size());
    text.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == data.size()) break;
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return text += "\n";
}

}  // namespace selfheal::http
