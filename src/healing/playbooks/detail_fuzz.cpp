// Bytes of an attacker's choice as DETAIL, bounds and names: playbooks read them and must never crash, and
// never propose a partition that does not take the row or a bound they did not understand.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "healing/playbooks/partition_series.h"
#include "healing/playbooks/reasoning.h"

namespace {

using namespace selfheal::healing;

void read_key(const std::string& text) {
  const auto key = key_of_detail(text);
  if (key && key->columns.size() != key->values.size()) std::abort();
}

void read_series(KeyType type, const std::string& text) {
  const auto bounds = parse_bounds(type, text);
  if (!bounds) return;
  // What was understood reads the same when PostgreSQL prints it again.
  const auto lower = parse_point(type, point_text(type, bounds->lower));
  if (!lower || *lower != bounds->lower) std::abort();
  const auto stride = step_of(type, {*bounds});
  if (stride && advance(bounds->upper, *stride) <= bounds->upper) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  read_key(text);
  for (const auto type : {KeyType::date, KeyType::timestamp, KeyType::timestamptz, KeyType::integer}) {
    read_series(type, text);
    static_cast<void>(parse_point(type, text));
  }
  static_cast<void>(selfheal::parse_time(text));
  return 0;
}
