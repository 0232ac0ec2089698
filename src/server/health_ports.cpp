#include "server/health_ports.h"

#include <fmt/format.h>

namespace selfheal::server {
namespace {

// The reader is a minute of a busy log behind, or more.
constexpr std::uint64_t kFarBehind = 64u << 20;

api::PartState log_of(const Site& site) {
  const auto log = site.log();
  api::PartState part{.name = "log." + site.options().name.value(),
                      .title = "Log of " + site.options().name.value(),
                      .state = "ok"};
  const auto& counters = log.counters;
  part.detail = fmt::format("{} kB behind, {} lines read, {} of them could not be read, {} possible gaps",
                            counters.bytes_behind >> 10, counters.lines, counters.malformed_lines,
                            counters.possible_gaps);
  if (counters.bytes_behind > kFarBehind || counters.possible_gaps > 0) part.state = "warn";
  if (log.why.empty() && !log.directory.empty()) return part;
  part.state = "unknown";
  part.detail = log.why.empty() ? "it is not known yet where the log is" : log.why;
  return part;
}

api::PartState samples_of(const Site& site) {
  const auto name = site.options().name.value();
  const auto kept = site.health().unkept();
  return {.name = "samples." + name,
          .title = "Samples of " + name,
          .state = kept > 2 ? "warn" : "ok",
          .detail = kept > 2 ? fmt::format("{} samples wait for the store", kept) : "kept in the store"};
}

}  // namespace

health::Monitor* MonitorsOverSites::find(const ServerId& server) {
  auto* site = sites_.find(server);
  return site == nullptr ? nullptr : &site->health();
}

std::vector<api::PartState> PartsOfServer::parts() const {
  std::vector<api::PartState> parts;
  for (const auto* site : sites_.all()) {
    parts.push_back(log_of(*site));
    parts.push_back(samples_of(*site));
  }
  const auto memory = memory_.standing();
  parts.push_back({.name = "memory",
                   .title = "Memory index",
                   .state = memory.is_ready ? "ok" : "warn",
                   .detail = memory.is_ready ? fmt::format("{} cases", memory.cases) : "it is being built"});
  const bool calls = model_ != nullptr && model_->is_open();
  parts.push_back({.name = "model",
                   .title = "Language model",
                   .state = model_ == nullptr || calls ? "ok" : "warn",
                   .detail = model_ == nullptr ? "none is configured: templates word everything"
                             : calls           ? fmt::format("{} calls under way", model_->under_way())
                                     : "it failed several times: templates word everything meanwhile"});
  return parts;
}

}  // namespace selfheal::server
