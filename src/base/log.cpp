#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <mutex>

#include "base/clock.h"

namespace selfheal::log {
namespace {

struct State {
  std::atomic<bool> json = false;
  std::mutex mutex;
  bool expecting = false;
  std::vector<std::string> expected;
  std::atomic<int> unexpected = 0;
  std::shared_ptr<spdlog::logger> logger = spdlog::stderr_logger_mt("selfheal");

  State() { logger->set_pattern("%v"); }
};

State& state() {
  static State instance;
  return instance;
}

constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};
constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::debug, spdlog::level::info,
                                                 spdlog::level::warn, spdlog::level::err};

std::string line_of(Level level, std::string_view text, bool json) {
  const auto name = kNames[static_cast<int>(level)];
  const auto time = to_rfc3339(SystemClock().now());
  if (!json) return fmt::format("{} {} {}", time, name, text);
  return boost::json::serialize(boost::json::value{{"time", time}, {"level", name}, {"message", text}});
}

}  // namespace

void configure(Level least, bool json) {
  state().json = json;
  state().logger->set_level(kLevels[static_cast<int>(least)]);
}

void write(Level level, std::string_view text) {
  auto& s = state();
  if (level == Level::error) {
    const std::lock_guard lock(s.mutex);
    if (s.expecting) {
      s.expected.emplace_back(text);
      return;
    }
    ++s.unexpected;
  }
  const auto line = line_of(level, text, s.json);
  s.logger->log(kLevels[static_cast<int>(level)], spdlog::string_view_t(line.data(), line.size()));
}

ExpectErrors::ExpectErrors() {
  const std::lock_guard lock(state().mutex);
  state().expecting = true;
  state().expected.clear();
}
ExpectErrors::~ExpectErrors() {
  const std::lock_guard lock(state().mutex);
  state().expecting = false;
}
std::vector<std::string> ExpectErrors::lines() const {
  const std::lock_guard lock(state().mutex);
  return state().expected;
}
int unexpected_errors() { return state().unexpected; }

}  // namespace selfheal::log
