// Any bytes as each struct of the contract: what was read is written and read back the same.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "contract/administration.h"
#include "contract/decision.h"
#include "contract/evidence.h"
#include "contract/page.h"

namespace {

using namespace selfheal::contract;

template <class T>
void journey(std::string_view text) {
  const auto parsed = from_text<T>(text, Reading::lenient);
  const auto written = to_text(to_json(parsed.value));
  const auto back = from_text<T>(written, Reading::lenient);
  if (to_text(to_json(back.value)) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  journey<Page<Incident>>(text);
  journey<ApprovalAnswer>(text);
  journey<ErrorReport>(text);
  journey<EvidenceView>(text);
  journey<PolicyView>(text);
  journey<Readiness>(text);
  return 0;
}
