// Any bytes: the facts and the shape come back, a shape of a shape is itself, and no digit or quote of a
// value is left.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/limits.h"
#include "pg/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace selfheal;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const std::string shape = pg::shape_of(sql);
  if (pg::shape_of(shape) != shape) std::abort();
  // A quoted identifier may hold any character.
  if (!sql.contains('"') && shape.contains('\'')) std::abort();
  // The parser itself is not instrumented; short texts keep its time and stack small here.
  if (size > 4096) return 0;
  const auto facts = pg::statement_facts(sql);
  if (facts && (facts->kind.empty() || facts->fingerprint.size() != 16)) std::abort();
  if (!facts && facts.error().code != ErrorCode::invalid_input) std::abort();
  if (pg::statement_fingerprint(sql).empty()) std::abort();
  return 0;
}
