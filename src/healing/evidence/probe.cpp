#include "healing/evidence/probe.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/time.h"
#include "healing/evidence/internal/embedded_probes.h"
#include "pg/params.h"

namespace selfheal::healing {
namespace {

// The value of a head line such as "-- needs: pg_monitor"; empty when there is none.
std::string_view head_value(std::string_view text, std::string_view key) {
  const std::string prefix = "-- " + std::string(key) + ":";
  for (std::size_t at = 0; at < text.size() && text.substr(at, 2) == "--";) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto line = text.substr(at, end - at);
    if (line.starts_with(prefix)) {
      line.remove_prefix(prefix.size());
      while (line.starts_with(' ')) line.remove_prefix(1);
      return line;
    }
    at = end + 1;
  }
  return {};
}

std::int64_t head_number(std::string_view text, std::string_view key) {
  const auto value = head_value(text, key);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  CHECK(error == std::errc{} && end == value.data() + value.size());
  return number;
}

// psql's :'name' becomes $1, $2 … in order of first appearance. A cast's `::` is not a variable.
std::string with_placeholders(std::string_view text, std::vector<std::string>& names) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!text.substr(at).starts_with(":'")) {
      out += text[at++];
      continue;
    }
    const auto end = text.find('\'', at + 2);
    CHECK(end != std::string_view::npos);
    const std::string name(text.substr(at + 2, end - at - 2));
    auto found = std::ranges::find(names, name);
    if (found == names.end()) found = names.insert(names.end(), name);
    out += "$" + std::to_string(found - names.begin() + 1);
    at = end + 1;
  }
  return out;
}

std::string without_head(std::string_view text) {
  while (text.starts_with("--")) text.remove_prefix(std::min(text.find('\n') + 1, text.size()));
  while (text.ends_with('\n') || text.ends_with(';')) text.remove_suffix(1);
  return std::string(text);
}

}  // namespace

Probe::Probe(EmbeddedFile file) : name_(file.name.substr(0, file.name.rfind('.'))), sql_({}) {
  CHECK(file.text.starts_with("-- "));
  answers_ = file.text.substr(3, file.text.find('\n') - 3);
  needs_ = head_value(file.text, "needs");
  since_ = static_cast<int>(head_number(file.text, "since"));
  row_limit_ = static_cast<std::size_t>(head_number(file.text, "rows"));
  is_server_wide_ = head_value(file.text, "scope") == "server";
  CHECK(!needs_.empty());
  sql_ = ReadOnlySql(with_placeholders(without_head(file.text), parameters_));
}

std::span<const Probe> probes() {
  static const std::vector<Probe> all = [] {
    std::vector<Probe> list;
    for (const auto& file : embedded::evidence_probes()) list.emplace_back(file);
    return list;
  }();
  return all;
}

const Probe& probe(std::string_view name) {
  const auto found = std::ranges::find(probes(), name, &Probe::name);
  CHECK(found != probes().end());
  return *found;
}

const std::optional<std::string>* RowReader::cell(std::string_view column) {
  const auto found = std::ranges::find(item_.columns, column);
  const auto index = static_cast<std::size_t>(found - item_.columns.begin());
  if (index < item_.columns.size() && index < item_.rows[row_].size()) return &item_.rows[row_][index];
  fail(column, "is missing");
  return nullptr;
}

void RowReader::fail(std::string_view column, std::string_view what) {
  if (!status_) return;
  status_ = failure("probe " + item_.probe + ": column " + std::string(column) + " " + std::string(what));
}

std::string RowReader::text(std::string_view column) {
  const auto* value = cell(column);
  return value != nullptr && *value ? **value : std::string();
}

std::optional<std::int64_t> RowReader::optional_number(std::string_view column) {
  const auto* value = cell(column);
  if (value == nullptr || !*value) return std::nullopt;
  std::int64_t number = 0;
  const auto& text = **value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    fail(column, "is not a whole number");
    return std::nullopt;
  }
  return number;
}

std::int64_t RowReader::number(std::string_view column, std::int64_t fallback) {
  return optional_number(column).value_or(fallback);
}

bool RowReader::boolean(std::string_view column) { return optional_boolean(column).value_or(false); }

std::optional<bool> RowReader::optional_boolean(std::string_view column) {
  const auto* value = cell(column);
  if (value == nullptr || !*value) return std::nullopt;
  if (**value != "t" && **value != "f") fail(column, "is not a boolean");
  return **value == "t";
}

Time RowReader::time(std::string_view column) {
  const auto* value = cell(column);
  if (value == nullptr || !*value) return {};
  const auto time = parse_time(**value);
  if (!time) fail(column, "is not a timestamp");
  return time.value_or(Time{});
}

std::vector<std::string> RowReader::list(std::string_view column) {
  const auto* value = cell(column);
  if (value == nullptr || !*value) return {};
  auto items = pg::read_text_array(*value);
  if (!items) fail(column, "is not an array");
  return items.value_or(std::vector<std::string>{});
}

}  // namespace selfheal::healing
