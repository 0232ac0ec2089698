// Whatever Slack, or somebody in its name, sends: what is taken of it are ids and nothing else.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "notify/slack_actions.h"

namespace {

bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-'; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  boost::system::error_code error;
  const auto payload = boost::json::parse({reinterpret_cast<const char*>(data), size}, error);
  if (error || !payload.is_object()) return 0;
  const auto press = selfheal::notify::slack_press_of(payload.get_object());
  if (!press) return 0;
  for (const auto& id :
       {press->member, press->channel, press->trigger, press->view, press->plan_id, press->plan_hash})
    if (!is_plain(id) || id.size() > 200) std::abort();
  if (press->incident.value() <= 0 || press->member.empty() || press->channel.empty()) std::abort();
  return 0;
}
