#include "http/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "http/internal/text.h"

namespace selfheal::http {
namespace {

constexpr std::string_view kUnix = "unix:";

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

void initialise_once() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialised == CURLE_OK);
}

bool is_printable(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
}

void append(HeaderList& list, const std::string& field) {
  curl_slist* longer = curl_slist_append(list.get(), field.c_str());
  CHECK(longer != nullptr);
  static_cast<void>(list.release());
  list.reset(longer);
}

// One answer as it arrives. libcurl calls back with pointers to it.
struct Answer {
  std::size_t limit;
  Response response = {};
  // Of a stream only.
  const std::function<bool(const SseEvent&)>* on_event = nullptr;
  SseDecoder decoder{limit};
  bool too_long = false;
  bool enough = false;  // on_event wants no more

  bool is_events() const { return on_event && response.content_type.starts_with("text/event-stream"); }

  void take_header(std::string_view line) {
    // Also for each interim answer (100 Continue): what counts comes last.
    if (line.starts_with("HTTP/")) response.headers = {};
    const auto colon = line.find(':');
    if (colon == line.npos) return;
    const auto name = line.substr(0, colon);
    auto value = line.substr(colon + 1);
    while (value.ends_with('\n') || value.ends_with('\r')) value.remove_suffix(1);
    response.headers.add(std::string(name), std::string(trimmed(value)));
    if (equals_ignoring_case(name, "Content-Type")) response.content_type = std::string(trimmed(value));
  }

  // False ends the transfer.
  bool take_body(std::string_view bytes) {
    if (!is_events()) {
      too_long = response.body.size() + bytes.size() > limit;
      if (!too_long) response.body += bytes;
      return !too_long;
    }
    const auto fed = decoder.feed(bytes, [this](const SseEvent& event) {
      enough = !(*on_event)(event);
      return !enough;
    });
    too_long = !fed;
    return !too_long && !enough;
  }
};

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* answer) {
  static_cast<Answer*>(answer)->take_header({data, size * count});
  return size * count;
}

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* answer) {
  const bool more = static_cast<Answer*>(answer)->take_body({data, size * count});
  return more ? size * count : CURL_WRITEFUNC_ERROR;
}

Status check_request(const ClientRequest& request) {
  const bool target_fits = request.target.starts_with('/') && request.target.size() <= kHttpHeadBytes &&
                           is_printable(request.target) && !request.target.contains(' ') &&
                           !request.target.contains('#');
  if (!target_fits) return failure(ErrorCode::invalid_input, "request: the target must be an encoded path");
  for (const auto& [name, value] : request.headers) {
    if (!is_printable(name) || !is_printable(value)) {
      return failure(ErrorCode::invalid_input, "request: a header field holds a control character");
    }
  }
  return {};
}

ErrorCode code_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return ErrorCode::unavailable;
    case CURLE_ABORTED_BY_CALLBACK:
      return ErrorCode::cancelled;
    case CURLE_OPERATION_TIMEDOUT:
      return ErrorCode::timed_out;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return ErrorCode::invalid_input;
    default:
      return ErrorCode::failed;
  }
}

}  // namespace

struct Client::State {
  explicit State(ClientOptions o) : options(std::move(o)) {
    initialise_once();
    multi.reset(curl_multi_init());
    handle.reset(curl_easy_init());
    CHECK(multi != nullptr && handle != nullptr);
  }

  template <class Value>
  void set(CURLoption option, Value value) {
    const auto code = curl_easy_setopt(handle.get(), option, value);
    CHECK(code == CURLE_OK);
  }

  bool is_unix() const { return options.address.starts_with(kUnix); }
  HeaderList headers_of(const ClientRequest& request) const;
  void set_address(const std::string& target);
  void set_limits(bool streaming);
  void set_method(const ClientRequest& request);
  CURLcode transfer(const std::stop_token& stop);
  Result<Response> perform(const ClientRequest& request, Answer& answer);

  ClientOptions options;
  std::unique_ptr<CURLM, FreeMulti> multi;  // keeps the connection, and can be woken by a stop
  std::unique_ptr<CURL, FreeHandle> handle;
};

HeaderList Client::State::headers_of(const ClientRequest& request) const {
  HeaderList list;
  append(list, "Expect:");  // we always want to send the body at once
  if (!options.token.empty()) append(list, "Authorization: Bearer " + options.token.reveal_to_client());
  if (!request.body.empty()) append(list, "Content-Type: " + request.content_type);
  for (const auto& [name, value] : request.headers) append(list, fmt::format("{}: {}", name, value));
  return list;
}

void Client::State::set_address(const std::string& target) {
  if (is_unix()) set(CURLOPT_UNIX_SOCKET_PATH, options.address.c_str() + kUnix.size());
  const auto url = (is_unix() ? "http://localhost" : options.address) + target;
  set(CURLOPT_URL, url.c_str());  // copied by libcurl
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");  // not even when the environment names one
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
}

void Client::State::set_limits(bool streaming) {
  const auto in_ms = [](Duration duration) { return static_cast<long>(duration / 1ms); };
  set(CURLOPT_CONNECTTIMEOUT_MS, in_ms(options.connect_timeout));
  if (!streaming) return set(CURLOPT_TIMEOUT_MS, in_ms(options.timeout));
  // Less than a byte a second for so long: not even the server's pings arrive.
  if (options.longest_stream > Duration::zero()) set(CURLOPT_TIMEOUT_MS, in_ms(options.longest_stream));
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, std::max(1L, in_ms(options.timeout) / 1000));
}

void Client::State::set_method(const ClientRequest& request) {
  if (request.method == "HEAD") return set(CURLOPT_NOBODY, 1L);
  if (!request.body.empty()) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());  // not copied; the request outlives the call
  } else if (request.method == "POST") {
    set(CURLOPT_POSTFIELDSIZE, 0L);
    set(CURLOPT_POSTFIELDS, "");
  }
  set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

// Like curl_easy_perform, which cannot be woken: it would notice a stop up to a second late.
CURLcode Client::State::transfer(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi.get()); });
  if (curl_multi_add_handle(multi.get(), handle.get()) != CURLM_OK) return CURLE_FAILED_INIT;
  auto code = CURLE_ABORTED_BY_CALLBACK;
  while (!stop.stop_requested()) {
    int running = 0;
    int left = 0;
    if (curl_multi_perform(multi.get(), &running) != CURLM_OK) {
      code = CURLE_FAILED_INIT;
      break;
    }
    if (const auto* message = curl_multi_info_read(multi.get(), &left)) {
      code = message->data.result;
      break;
    }
    curl_multi_poll(multi.get(), nullptr, 0, 1000, nullptr);
  }
  curl_multi_remove_handle(multi.get(), handle.get());
  return code;
}

Result<Response> Client::State::perform(const ClientRequest& request, Answer& answer) {
  TRY_OK(check_request(request));
  if (!is_printable(options.token.reveal_to_client())) {
    return failure(ErrorCode::invalid_input, "request: the token holds a control character");
  }
  curl_easy_reset(handle.get());
  set_address(request.target);
  set_limits(answer.on_event != nullptr);
  set_method(request);
  const auto headers = headers_of(request);
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&answer));
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&answer));
  const auto code = transfer(request.stop);
  long status = 0;
  curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.response.status = static_cast<int>(status);
  if (code == CURLE_OK || answer.enough) return std::move(answer.response);
  // Not the query, which may hold what a person typed.
  const auto where = options.address + request.target.substr(0, request.target.find('?'));
  if (answer.too_long) {
    return failure(ErrorCode::invalid_input,
                   fmt::format("{} {}: the answer exceeds {} bytes", request.method, where, answer.limit));
  }
  return failure(code_of(code), fmt::format("{} {}: {}", request.method, where, curl_easy_strerror(code)));
}

Client::Client(ClientOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Result<Response> Client::send(const ClientRequest& request) {
  Answer answer{.limit = state_->options.body_bytes};
  return state_->perform(request, answer);
}

Result<Response> Client::stream(const ClientRequest& request,
                                const std::function<bool(const SseEvent&)>& on_event) {
  Answer answer{.limit = state_->options.body_bytes, .on_event = &on_event};
  return state_->perform(request, answer);
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool unreserved = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                            std::string_view("-._~").contains(c);
    if (unreserved)
      encoded += c;
    else
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

}  // namespace selfheal::http
