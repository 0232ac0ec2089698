#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "base/limits.h"
#include "base/task.h"
#include "http/message.h"

// Server-sent events (WHATWG HTML, section 9.2): one direction, plain HTTP, browsers reconnect by themselves.
namespace selfheal::http {

// The answer of a streaming route, while it is being written. The server keeps it alive (a comment every
// kHttpPing) and cancels the handler when the client has gone or does not read. On the server's thread.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // Sends the response's head now, so that the client knows it is connected. send() does so when it is the
  // first.
  virtual asio::awaitable<bool> open() = 0;
  // Waits until the kernel took it all. False: the client has gone or is too slow, and the handler should
  // return. `id` may be empty (the client keeps its last one), `event` too (it is then a "message"). Neither
  // may hold a line break or NUL (checked); `data` may hold line breaks.
  virtual asio::awaitable<bool> send(std::string id, std::string event, std::string data) = 0;
};

// The last events, for any number of subscribers. A subscriber is a cursor into one ring, so a slow one costs
// no memory: one that is overtaken by the ring is dropped, comes back with Last-Event-ID and is told to
// `reset`. One feed a tenant. Everything on the executor's one thread; lives longer than the Server that
// serves it.
class EventFeed {
 public:
  // `epoch` tells this run's ids from those of an earlier one: letters and digits, new for each start.
  EventFeed(asio::any_io_executor executor, std::string epoch, std::size_t capacity = kEventRing);
  ~EventFeed();
  EventFeed(const EventFeed&) = delete;
  EventFeed& operator=(const EventFeed&) = delete;

  // `event` is a word, `data` one JSON text. Returns the id: "<epoch>-<number>", numbers increase by one.
  std::string publish(std::string event, std::string data);
  // The body of a streaming handler: `return feed.serve(request, stream);`. Resumes after Last-Event-ID (or
  // the query parameter last_event_id); without one starts with what comes next. An id that is not in the
  // ring any more, or of another run, is answered first with an event `reset`: read everything anew. Ends
  // when the client goes.
  asio::awaitable<Response> serve(Request& request, EventStream& stream);
  std::size_t subscribers() const { return subscribers_; }

 private:
  struct Event {
    std::string event;
    std::string data;
  };
  struct News;
  std::string id_of(std::uint64_t number) const;
  // The number of the event to send next, or nothing when a reset is due.
  std::optional<std::uint64_t> resume_point(const Request& request) const;
  std::uint64_t first() const { return next_ - ring_.size(); }

  std::string epoch_;
  std::size_t capacity_;
  std::deque<Event> ring_;
  std::uint64_t next_ = 1;
  std::size_t subscribers_ = 0;
  std::unique_ptr<News> news_;
};

}  // namespace selfheal::http
