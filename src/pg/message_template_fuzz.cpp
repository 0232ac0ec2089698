// Any bytes: a match's slots lie in the text in order, and the words between them are the template's.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pg/internal/slot_text.h"
#include "pg/message_template.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal::pg;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto match = match_message(text);
  if (!match) return 0;
  std::size_t literal_bytes = text.size();
  const char* at = text.data();
  for (const auto& slot : match->slots) {
    if (slot.text.data() < at || slot.text.data() + slot.text.size() > text.data() + text.size())
      std::abort();
    if (!internal::fits(slot.kind, slot.text)) std::abort();
    at = slot.text.data() + slot.text.size();
    literal_bytes -= slot.text.size();
  }
  if (literal_bytes > match->tmpl->text.size()) std::abort();
  (void)match->names();
  return 0;
}
