#include "http/internal/request_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace selfheal::http {
namespace {

ReaderLimits limits() {
  return {.head_bytes = 200, .body_bytes = [](const Request&) { return 50u; }};
}

// What came of the bytes, fed in steps of that size.
std::string outcome(std::string_view bytes, std::size_t step) {
  const auto of_ours = limits();
  RequestReader reader(of_ours);
  std::string pending;
  std::string rest(bytes);
  while (!rest.empty() && reader.state() < RequestReader::State::complete) {
    pending += rest.substr(0, step);
    rest.erase(0, step);
    pending.erase(0, reader.feed(pending));
  }
  if (reader.state() == RequestReader::State::failed)
    return reader.problem().slug + ": " + reader.problem().detail;
  if (reader.state() != RequestReader::State::complete) return "more";
  auto& request = reader.request();
  std::string text = request.method + " " + request.path + " [" + request.body + "]";
  for (const auto& [name, value] : request.headers) text += fmt::format(" {}={}", name, value);
  return text + " +" + pending + rest;
}

TEST(RequestReader, AnswersAlikeHoweverItsInputIsCut) {
  const std::pair<std::string, std::string> cases[] = {
      {"GET /a HTTP/1.1\r\nHost: h\r\n\r\nnext", "GET /a [] Host=h +next"},
      {"\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /a [] Host=h +"},
      {"GET /a HTTP/1.1\r\nHost: h\r\nX:  folded\r\n value \r\n\r\n", "GET /a [] Host=h X=folded value +"},
      {"PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET",
       "PUT /a [abc] Host=h Content-Length=3 +GET"},
      // Trailers do not become header fields: they come after what the fields were checked for.
      {"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nHost: "
       "evil\r\n\r\nGET",
       "PUT /a [ab] Host=h Transfer-Encoding=chunked +GET"},
      {"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
       "chunked\r\n\r\n1e\r\n123456789012345678901234567890\r\n"
       "1E\r\n",
       "body-too-large: This path takes bodies of at most 50 bytes."},
      // Beast's own chunk reader ended the process here when the last two bytes came alone.
      {"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "PUT /a [] Host=h Transfer-Encoding=chunked +"},
      // And here it looked for the second quotation mark beyond the line.
      {"PUT /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"\r\nab\"\r\n0\r\n\r\n",
       "PUT /a [ab\"] Host=h Transfer-Encoding=chunked +"},
      {"GET /a HTTP/1.1\r\nHost: h\r\n", "more"},
      {"GET /a HTTP/1.1\nHost: h\r\n\r\n", "malformed-request: Lines must end with CR LF."},
      {"GET /a HTTP/1.1\r\nHost: h\r\nX: " + std::string(200, 'x'),
       "head-too-large: Request line and header fields may have 200 bytes together."},
  };
  for (const auto& [bytes, expected] : cases) {
    for (const std::size_t step : {1000uz, 1uz, 2uz, 3uz, 7uz, 50uz}) {
      EXPECT_EQ(outcome(bytes, step), expected) << bytes << " in steps of " << step;
    }
  }
}

}  // namespace
}  // namespace selfheal::http
