#include "http/web_socket.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace selfheal::http {
namespace {

namespace beast = boost::beast;
namespace ws = boost::beast::websocket;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr auto kWaiting = asio::as_tuple(asio::use_awaitable);

struct Address {
  std::string host;  // as a certificate names it, without brackets
  std::string port;
  std::string authority;
  std::string target;
  bool secure = true;
};

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "127.0.0.1" || host == "[::1]";
}

std::unexpected<Error> unfit(const char* why) {
  return failure(ErrorCode::invalid_input, fmt::format("the address of the WebSocket {}", why));
}

Result<Address> address_of(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return unfit("is none");
  const auto& uri = *parsed;
  Address address{.authority = std::string(uri.encoded_authority()),
                  .target = std::string(uri.encoded_target()),
                  .secure = uri.scheme() == "wss"};
  if (!address.secure && uri.scheme() != "ws") return unfit("must begin with wss://");
  const std::string host(uri.encoded_host());
  if (host.empty() || uri.has_userinfo() || uri.has_fragment()) return unfit("must be a host and a path");
  if (!address.secure && !is_this_machine(host)) return unfit("must begin with wss://");
  // Boost.URL 1.81 reads 127.0.0.1 and a path out of "127.0.0.1.example.com".
  const auto whole =
      fmt::format("{}://{}{}", std::string_view(uri.scheme()), address.authority, address.target);
  if (whole != url || (!address.target.empty() && address.target.front() != '/')) return unfit("is none");
  if (address.target.empty()) address.target = "/";
  address.host = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
  address.port = uri.has_port() ? std::string(uri.port()) : address.secure ? "443" : "80";
  return address;
}

std::unexpected<Error> broken(const std::string& host, const char* step, error_code error) {
  auto code = ErrorCode::unavailable;
  if (error == beast::error::timeout || error == asio::error::timed_out) code = ErrorCode::timed_out;
  if (error == asio::error::operation_aborted) code = ErrorCode::cancelled;
  if (error == ws::error::message_too_big) code = ErrorCode::invalid_input;
  if (error == ws::error::upgrade_declined) code = ErrorCode::failed;
  return failure(code, fmt::format("WebSocket {}: {}: {}", host, step, error.message()));
}

Status prepare(asio::ssl::context& context) {
  error_code error;
  context.set_default_verify_paths(error);
  if (!error) context.set_verify_mode(asio::ssl::verify_peer, error);
  if (error) return failure("WebSocket: the certificates of this machine: " + error.message());
  return {};
}

using Plain = ws::stream<beast::tcp_stream>;
using Secure = ws::stream<beast::ssl_stream<beast::tcp_stream>>;

}  // namespace

// The same conversation, with TLS or without.
struct WebSocket::State {
  State(std::string h, Duration q) : host(std::move(h)), silence(q) {}
  virtual ~State() = default;
  virtual StatusTask open(Address address, tcp::resolver::results_type found, Duration timeout) = 0;
  virtual Task<std::string> receive() = 0;
  virtual StatusTask send(std::string text) = 0;
  virtual void abort() = 0;

  std::string host;
  Duration silence;
};

namespace {

template <class Stream>
class Conversation final : public WebSocket::State {
 public:
  template <class... Args>
  Conversation(std::string name, const WebSocketOptions& options, Args&&... args)
      : State(std::move(name), options.silence), stream_(std::forward<Args>(args)...) {
    stream_.read_message_max(options.message_bytes);
  }

  StatusTask open(Address address, tcp::resolver::results_type found, Duration timeout) override {
    auto& connection = beast::get_lowest_layer(stream_);
    connection.expires_after(timeout);
    const auto [unreachable, endpoint] = co_await connection.async_connect(found, kWaiting);
    if (unreachable) co_return broken(host, "connect", unreachable);
    if constexpr (std::is_same_v<Stream, Secure>) {
      CO_TRY_OK(name_host(address.host));
      const auto [untrusted] =
          co_await stream_.next_layer().async_handshake(asio::ssl::stream_base::client, kWaiting);
      if (untrusted) co_return broken(host, "TLS", untrusted);
    }
    // From here on the stream keeps time itself.
    connection.expires_never();
    ws::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
    timeouts.idle_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(silence);
    timeouts.keep_alive_pings = true;
    stream_.set_option(timeouts);
    const auto [refused] = co_await stream_.async_handshake(address.authority, address.target, kWaiting);
    if (refused) co_return broken(host, "handshake", refused);
    stream_.text(true);
    co_return Status{};
  }

  Task<std::string> receive() override {
    beast::flat_buffer buffer;
    const auto [error, bytes] = co_await stream_.async_read(buffer, kWaiting);
    if (error) co_return broken(host, "receive", error);
    co_return beast::buffers_to_string(buffer.data());
  }

  StatusTask send(std::string text) override {
    const auto [error, bytes] = co_await stream_.async_write(asio::buffer(text), kWaiting);
    if (error) co_return broken(host, "send", error);
    co_return Status{};
  }

  void abort() override { beast::get_lowest_layer(stream_).close(); }

 private:
  Status name_host(const std::string& name) {
    auto& tls = stream_.next_layer();
    error_code error;
    tls.set_verify_callback(asio::ssl::host_name_verification(name), error);
    if (error || SSL_set_tlsext_host_name(tls.native_handle(), name.c_str()) != 1)
      return failure(fmt::format("WebSocket {}: TLS cannot be prepared", host));
    return {};
  }

  Stream stream_;
};

// The context lives as long as the stream that uses it.
struct SecureConversation final : WebSocket::State {
  SecureConversation(std::string name, const WebSocketOptions& options, asio::any_io_executor executor)
      : State(name, options.silence), inner(std::move(name), options, executor, context) {}
  StatusTask open(Address address, tcp::resolver::results_type found, Duration timeout) override {
    CO_TRY_OK(prepare(context));
    auto status = co_await inner.open(std::move(address), std::move(found), timeout);
    co_return status;
  }
  Task<std::string> receive() override { return inner.receive(); }
  StatusTask send(std::string text) override { return inner.send(std::move(text)); }
  void abort() override { inner.abort(); }

  asio::ssl::context context{asio::ssl::context::tls_client};
  Conversation<Secure> inner;
};

Task<tcp::resolver::results_type> look_up(Address address, Duration timeout) {
  using namespace asio::experimental::awaitable_operators;
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  asio::steady_timer timer(executor, timeout);
  auto found =
      co_await (resolver.async_resolve(address.host, address.port, kWaiting) || timer.async_wait(kWaiting));
  if (found.index() == 1) {
    const auto& [cancelled] = std::get<1>(found);
    if (cancelled) co_return broken(address.host, "look up", cancelled);
    co_return broken(address.host, "look up", asio::error::timed_out);
  }
  const auto& [error, results] = std::get<0>(found);
  if (error) co_return broken(address.host, "look up", error);
  co_return results;
}

}  // namespace

Status check_web_socket_url(const std::string& url) {
  const auto address = address_of(url);
  if (!address) return std::unexpected(address.error());
  return {};
}

WebSocket::WebSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebSocket::~WebSocket() = default;

Task<std::unique_ptr<WebSocket>> WebSocket::connect(WebSocketOptions options, Duration timeout) {
  CO_TRY(const auto address, address_of(options.url));
  CO_TRY(const auto found, co_await look_up(address, timeout));
  const auto executor = co_await asio::this_coro::executor;
  std::unique_ptr<State> state;
  if (address.secure)
    state = std::make_unique<SecureConversation>(address.host, options, executor);
  else
    state = std::make_unique<Conversation<Plain>>(address.host, options, executor);
  CO_TRY_OK(co_await state->open(address, found, timeout));
  co_return std::make_unique<WebSocket>(std::move(state));
}

Task<std::string> WebSocket::receive() {
  auto message = co_await state_->receive();
  co_return message;
}

StatusTask WebSocket::send(std::string text) {
  auto status = co_await state_->send(std::move(text));
  co_return status;
}

void WebSocket::abort() { state_->abort(); }

}  // namespace selfheal::http
