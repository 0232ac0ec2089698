// Whatever the text: what Slack is given holds no mention, no link, no mark, and keeps its limit.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "notify/internal/mrkdwn_reader.h"
#include "notify/slack_text.h"

namespace {

void must_be_harmless(const std::string& shown, bool is_markup, std::size_t most) {
  const auto found = selfheal::notify::internal::read_mrkdwn(shown, is_markup);
  if (found.links + found.mentions + found.marks + found.open_code > 0) std::abort();
  if (selfheal::notify::slack_length(shown) > most) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // std::regex recurses; long texts say nothing that short ones do not.
  if (size > 4096) size = 4096;
  const auto most = static_cast<std::size_t>(data[0]) * 16;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  must_be_harmless(selfheal::notify::slack_prose(text, most).text(), true, most);
  must_be_harmless(selfheal::notify::slack_code(text, most).text(), true, most);
  must_be_harmless(selfheal::notify::slack_plain(text, most), false, most);
  return 0;
}
