#include "tail/internal/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "tail/internal/log_file.h"

namespace selfheal::tail {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

constexpr std::uint32_t kEvents = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB;

asio::awaitable<void> readable(asio::posix::stream_descriptor& descriptor) {
  co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::as_tuple(asio::use_awaitable));
}

// Whether anything but a write to the current file is among the events.
bool holds_more_than_writes(std::string_view bytes, std::string_view current_name) {
  while (bytes.size() >= sizeof(inotify_event)) {
    inotify_event event{};
    std::memcpy(&event, bytes.data(), sizeof event);
    const auto name = bytes.substr(sizeof event, event.len);
    if (event.mask != IN_MODIFY || name.substr(0, name.find('\0')) != current_name) return true;
    bytes.remove_prefix(sizeof event + event.len);
  }
  return false;
}

}  // namespace

struct DirectoryWatch::State {
  std::filesystem::path directory;
  Clock& clock;

  State(std::filesystem::path watched_directory, Clock& given_clock)
      : directory(std::move(watched_directory)), clock(given_clock) {}

  std::optional<asio::posix::stream_descriptor> events;
  int watched = -1;

  void watch(const asio::any_io_executor& executor);
  bool take_events(std::string_view current_name);
};

DirectoryWatch::DirectoryWatch(std::filesystem::path directory, Clock& clock)
    : state_(std::make_unique<State>(std::move(directory), clock)) {}
DirectoryWatch::~DirectoryWatch() = default;

asio::awaitable<bool> DirectoryWatch::wait(std::string current_name, Duration at_most) {
  auto& s = *state_;
  const auto executor = co_await asio::this_coro::executor;
  s.watch(executor);
  if (!s.events) {
    co_await s.clock.sleep(at_most);
    co_return true;
  }
  // Events are taken after the wait only: one that came since the caller's last read must end the wait.
  co_await (readable(*s.events) || s.clock.sleep(at_most));
  co_return s.take_events(current_name);
}

// Watching a directory again that is watched costs nothing and gives the same number. When its name now means
// another directory (a link that was switched), the number differs and the old one is given up.
void DirectoryWatch::State::watch(const asio::any_io_executor& executor) {
  if (!events) {
    Descriptor opened(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!opened.is_open()) return;
    events.emplace(executor, opened.release());
  }
  const auto now = inotify_add_watch(events->native_handle(), directory.c_str(), kEvents);
  if (now != watched && watched >= 0) inotify_rm_watch(events->native_handle(), watched);
  watched = now;
}

bool DirectoryWatch::State::take_events(std::string_view current_name) {
  alignas(inotify_event) std::array<char, 16384> bytes;
  bool more_than_writes = false;
  for (;;) {
    const auto count = ::read(events->native_handle(), bytes.data(), bytes.size());
    if (count <= 0) return more_than_writes;
    const std::string_view got(bytes.data(), static_cast<std::size_t>(count));
    more_than_writes = holds_more_than_writes(got, current_name) || more_than_writes;
  }
}

}  // namespace selfheal::tail
