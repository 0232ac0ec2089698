#include "http/event_stream.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

#include "base/check.h"

namespace selfheal::http {
namespace {

// Counts a subscriber for as long as its coroutine lives, however that ends.
class Counted {
 public:
  explicit Counted(std::size_t& count) : count_(count) { ++count_; }
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& count_;
};

}  // namespace

struct EventFeed::News {
  explicit News(asio::any_io_executor executor) : bell(executor, asio::steady_timer::time_point::max()) {}
  asio::steady_timer bell;  // never expires; cancelling it wakes every waiting subscriber
};

EventFeed::EventFeed(asio::any_io_executor executor, std::string epoch, std::size_t capacity)
    : epoch_(std::move(epoch)), capacity_(capacity), news_(std::make_unique<News>(executor)) {
  CHECK(capacity_ > 0);
}

EventFeed::~EventFeed() { CHECK(subscribers_ == 0); }

std::string EventFeed::id_of(std::uint64_t number) const { return fmt::format("{}-{}", epoch_, number); }

std::string EventFeed::publish(std::string event, std::string data) {
  if (ring_.size() == capacity_) ring_.pop_front();
  ring_.push_back({std::move(event), std::move(data)});
  news_->bell.cancel();
  return id_of(next_++);
}

std::optional<std::uint64_t> EventFeed::resume_point(const Request& request) const {
  const auto* parameter = request.query_value("last_event_id");
  const auto* header = request.headers.find("Last-Event-ID");
  const std::string_view id = header      ? *header
                              : parameter ? std::string_view(*parameter)
                                          : std::string_view();
  if (id.empty()) return next_;
  const auto prefix = epoch_ + "-";
  if (!id.starts_with(prefix)) return std::nullopt;
  const auto digits = id.substr(prefix.size());
  std::uint64_t last = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), last);
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return std::nullopt;
  if (last >= next_ || last + 1 < first()) return std::nullopt;
  return last + 1;
}

asio::awaitable<Response> EventFeed::serve(Request& request, EventStream& stream) {
  const Counted counted(subscribers_);
  // Before open(): what is published once the client knows that it is connected is not to be missed.
  auto cursor = resume_point(request);
  const bool opened = co_await stream.open();
  if (!opened) co_return Response{};
  if (!cursor) {
    cursor = next_;
    auto id = id_of(next_ - 1);
    const bool sent = co_await stream.send(std::move(id), "reset", R"({"reason":"events were missed"})");
    if (!sent) co_return Response{};
  }
  while (true) {
    if (*cursor == next_) {
      co_await news_->bell.async_wait(asio::as_tuple(asio::use_awaitable));
      continue;
    }
    if (*cursor < first()) co_return Response{};  // overtaken while the client did not read
    auto event = ring_[*cursor - first()];
    auto id = id_of(*cursor);
    const bool sent = co_await stream.send(std::move(id), std::move(event.event), std::move(event.data));
    if (!sent) co_return Response{};
    ++*cursor;
  }
}

}  // namespace selfheal::http
