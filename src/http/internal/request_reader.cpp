#include "http/internal/request_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/check.h"
#include "base/random.h"
#include "http/internal/chunked_decoder.h"
#include "http/internal/host.h"
#include "http/internal/text.h"

namespace selfheal::http {
namespace {

namespace beast_http = boost::beast::http;

Problem malformed(std::string detail) {
  return {400, "malformed-request", "The request is not well-formed HTTP", std::move(detail)};
}

Problem too_large(std::size_t limit) {
  return {413, "body-too-large", "The request's body is too large",
          fmt::format("This path takes bodies of at most {} bytes.", limit)};
}

Problem problem_of_parser(const boost::system::error_code& error) {
  if (error == beast_http::error::bad_version) {
    return {505, "http-version-unknown", "This version of HTTP is not supported",
            "HTTP/1.1 and HTTP/1.0 are."};
  }
  return malformed(fmt::format("The parser says: {}.", error.message()));
}

bool is_token_character(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c));
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string request_id_of(const Headers& headers) {
  const auto given = headers.get("X-Request-Id");
  return is_request_id(given) ? std::string(given) : random_token().substr(0, 24);
}

// Looks for the empty line that ends a head, byte by byte, so that it decides alike however the bytes were
// cut. Beast itself would report a broken start line early or late, depending on the cuts.
class HeadScanner {
 public:
  enum class Found { nothing, end, bare_line_feed, no_method, limit };

  // `bytes` start with the head; what was scanned before is not scanned again.
  Found scan(std::string_view bytes, std::size_t limit) {
    for (; position_ < bytes.size(); ++position_) {
      if (position_ >= limit) return Found::limit;
      const auto c = static_cast<unsigned char>(bytes[position_]);
      // A first byte that begins no method is another protocol (TLS, most likely): answer it at once.
      if (position_ == 0 && !is_token_character(c)) return Found::no_method;
      if (c != '\n') continue;
      if (bytes[position_ - 1] != '\r') return Found::bare_line_feed;
      if (bytes.substr(0, position_ + 1).ends_with("\r\n\r\n")) return ++position_, Found::end;
    }
    return Found::nothing;
  }
  std::size_t position() const { return position_; }

 private:
  std::size_t position_ = 0;
};

}  // namespace

struct RequestReader::Impl {
  explicit Impl(const ReaderLimits& l) : limits(l) {
    parser.header_limit(static_cast<std::uint32_t>(limits.head_bytes + 1));
    parser.body_limit(boost::none);  // decided when the head is known
    parser.skip(true);
  }

  std::size_t feed_head(std::string_view bytes);
  std::size_t feed_body(std::string_view bytes);
  std::size_t feed_chunks(std::string_view bytes);
  void take_head();
  std::optional<Problem> objection_to_head();
  std::optional<Problem> objection_to_body();
  std::optional<Problem> objection_to_host() const;
  void fail(Problem why) {
    problem = std::move(why);
    state = State::failed;
  }

  const ReaderLimits& limits;
  State state = State::head;
  int empty_lines = 0;
  HeadScanner scanner;
  beast_http::request_parser<beast_http::empty_body> parser;  // of the head only
  std::size_t body_limit = 0;
  std::size_t left = 0;                  // of a body with Content-Length
  std::optional<ChunkedDecoder> chunks;  // of a chunked body
  bool expects_continue = false;
  Request request;
  Problem problem;
};

std::size_t RequestReader::Impl::feed_head(std::string_view bytes) {
  // An empty line before a request is tolerated (RFC 9112 section 2.2), a stream of them is not.
  if (scanner.position() == 0 && bytes.starts_with('\r')) {
    if (bytes.size() < 2) return 0;
    if (bytes[1] != '\n' || ++empty_lines > 2) return fail(malformed("It begins with empty lines.")), 0;
    return 2;
  }
  switch (scanner.scan(bytes, limits.head_bytes)) {
    case HeadScanner::Found::nothing:
      return 0;
    case HeadScanner::Found::no_method:
      return fail(malformed("It does not begin with a method.")), 0;
    case HeadScanner::Found::bare_line_feed:
      return fail(malformed("Lines must end with CR LF.")), 0;
    case HeadScanner::Found::limit:
      return fail({431, "head-too-large", "The request's head is too large",
                   fmt::format("Request line and header fields may have {} bytes together.",
                               limits.head_bytes)}),
             0;
    case HeadScanner::Found::end:
      break;
  }
  boost::system::error_code error;
  const auto head = bytes.substr(0, scanner.position());
  const auto taken = parser.put({head.data(), head.size()}, error);
  if (error) return fail(problem_of_parser(error)), taken;
  if (!parser.is_done() || taken != head.size()) return fail(malformed("Its head is incomplete.")), taken;
  take_head();
  return taken;
}

void RequestReader::Impl::take_head() {
  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  // Copied now: trailers of a chunked body must not become header fields.
  for (const auto& field : message)
    request.headers.add(std::string(field.name_string()), std::string(field.value()));
  request.request_id = request_id_of(request.headers);
  auto objection = objection_to_head();
  if (!objection) objection = objection_to_body();
  if (objection) return fail(std::move(*objection));
  if (parser.chunked()) chunks.emplace(body_limit);
  left = static_cast<std::size_t>(parser.content_length().value_or(0));
  state = chunks || left > 0 ? State::body : State::complete;
}

std::optional<Problem> RequestReader::Impl::objection_to_head() {
  auto target = parse_target(request.target);
  if (!target) return malformed(target.error().message + ".");
  request.path = std::move(target->path);
  request.query = std::move(target->query);
  if (request.path == "*" && request.method != "OPTIONS")
    return malformed("The target * is for OPTIONS only.");
  if (auto objection = objection_to_host()) return objection;
  // An absolute target's authority outranks Host (RFC 9112 section 3.2.2).
  if (!target->authority.empty()) request.headers.set("Host", target->authority);
  return std::nullopt;
}

std::optional<Problem> RequestReader::Impl::objection_to_host() const {
  const auto hosts = request.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && parser.get().version() == 11))
    return malformed("It needs exactly one Host field.");
  if (!parse_host(request.headers.get("Host")))
    return malformed("Its Host is not a host with an optional port.");
  return std::nullopt;
}

std::optional<Problem> RequestReader::Impl::objection_to_body() {
  const auto codings = request.headers.count("Transfer-Encoding");
  if (codings > 0 && (parser.get().version() < 11 || request.headers.contains("Content-Length"))) {
    return malformed("Transfer-Encoding needs HTTP/1.1 and excludes Content-Length.");
  }
  if (codings > 1 ||
      (codings == 1 && !equals_ignoring_case(request.headers.get("Transfer-Encoding"), "chunked"))) {
    return Problem{501, "transfer-coding-unknown", "This transfer coding is not supported",
                   "Bodies may be chunked, or have a Content-Length."};
  }
  body_limit = limits.body_bytes(request);
  if (parser.content_length().value_or(0) > body_limit) return too_large(body_limit);
  const auto expectation = request.headers.get("Expect");
  if (!expectation.empty() && !equals_ignoring_case(expectation, "100-continue")) {
    return Problem{417, "expectation-failed", "This expectation cannot be met",
                   "Only 100-continue is known."};
  }
  expects_continue = !expectation.empty() && parser.get().version() == 11;
  return std::nullopt;
}

std::size_t RequestReader::Impl::feed_body(std::string_view bytes) {
  expects_continue = false;  // who sends a body does not wait
  if (chunks) return feed_chunks(bytes);
  const auto piece = bytes.substr(0, left);
  request.body += piece;
  left -= piece.size();
  if (left == 0) state = State::complete;
  return piece.size();
}

std::size_t RequestReader::Impl::feed_chunks(std::string_view bytes) {
  const auto taken = chunks->feed(bytes, request.body);
  switch (chunks->state()) {
    case ChunkedDecoder::State::more:
      break;
    case ChunkedDecoder::State::complete:
      state = State::complete;
      break;
    case ChunkedDecoder::State::malformed:
      fail(malformed("Its chunks are broken."));
      break;
    case ChunkedDecoder::State::too_large:
      fail(too_large(body_limit));
      break;
  }
  return taken;
}

RequestReader::RequestReader(const ReaderLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;

std::size_t RequestReader::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (impl_->state == State::head || impl_->state == State::body) {
    const auto rest = bytes.substr(taken);
    if (rest.empty()) break;
    const auto step = impl_->state == State::head ? impl_->feed_head(rest) : impl_->feed_body(rest);
    if (step == 0) break;
    taken += step;
  }
  return taken;
}

RequestReader::State RequestReader::state() const { return impl_->state; }
bool RequestReader::take_expectation() {
  return impl_->state == State::body && std::exchange(impl_->expects_continue, false);
}
Request& RequestReader::request() { return impl_->request; }
int RequestReader::version() const {
  return impl_->parser.is_header_done() ? static_cast<int>(impl_->parser.get().version()) : 11;
}
bool RequestReader::keep_alive() const {
  return impl_->state == State::complete && impl_->parser.get().keep_alive();
}

const Problem& RequestReader::problem() const {
  CHECK(impl_->state == State::failed);
  return impl_->problem;
}

}  // namespace selfheal::http
