// Any bytes as a batch of reported errors: what is accepted keeps the promises that the store relies on, and
// a line means the same alone and among others.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "api/internal/report.h"
#include "base/limits.h"

namespace {

using namespace selfheal;
using namespace selfheal::api;

void check(bool condition) {
  if (!condition) std::abort();
}

void check_event(const ErrorEvent& event) {
  check(event.intake == Intake::api && event.server == ServerId("orders"));
  check(event.sqlstate.empty() || event.sqlstate.size() == 5);
  check(!event.message.empty() && event.message.size() <= kFieldBytes &&
        event.statement.size() <= kFieldBytes);
  check(event.message.find('\0') == std::string::npos && event.pid >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  const ReportRules rules{.servers = {"orders"}, .now = Time{} + std::chrono::days(20000), .batch = "api-1"};
  const auto lines = read_reports(body, true, rules);
  if (!lines) return 0;
  for (const auto& line : *lines) {
    check(line.event.has_value() == line.errors.empty());
    if (line.event) check_event(*line.event);
  }
  const auto alone = read_reports(body, false, rules);
  check(alone.has_value() && alone->size() == 1);
  if (body.find('\n') == std::string::npos && lines->size() == 1)
    check((*alone)[0].event.has_value() == (*lines)[0].event.has_value());
  return 0;
}
