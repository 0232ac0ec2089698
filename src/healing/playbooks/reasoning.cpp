#include "healing/playbooks/reasoning.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "pg/redact.h"

namespace selfheal::healing {
namespace {

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  for (;;) {
    const auto comma = text.find(", ");
    items.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 2);
  }
}

// Programs that hold transactions open on purpose, by the application_name they set. Ending one costs hours
// of work or leaves a migration half done, so a person decides.
constexpr std::array<std::string_view, 9> kExempt{"alembic",    "debezium",      "flyway",
                                                  "liquibase",  "pg_basebackup", "pg_dump",
                                                  "pg_restore", "pglogical",     "sqitch"};

}  // namespace

std::string evidence_id(const Case& facts, std::string_view probe) {
  const auto* item = facts.evidence.find(probe);
  return item == nullptr ? std::string() : item->id;
}

Check check(std::string id, std::string title, std::optional<bool> holds, std::string evidence) {
  const auto status = !holds ? CheckStatus::unknown : *holds ? CheckStatus::passed : CheckStatus::failed;
  return {
      .id = std::move(id), .title = std::move(title), .status = status, .evidence_id = std::move(evidence)};
}

Confidence confidence_from(const std::vector<Check>& checks) {
  const auto any = [&](CheckStatus status) {
    return std::ranges::any_of(checks, [&](const Check& check) { return check.status == status; });
  };
  if (any(CheckStatus::failed)) return Confidence::possible;
  if (any(CheckStatus::unknown)) return Confidence::likely;
  return checks.empty() ? Confidence::unknown : Confidence::confirmed;
}

bool keeps_transactions_open(const std::string& application) {
  return std::ranges::any_of(kExempt, [&](std::string_view name) {
    return application.size() >= name.size() &&
           std::ranges::equal(application.substr(0, name.size()), name, [](char a, char b) {
             return std::tolower(static_cast<unsigned char>(a)) == b;
           });
  });
}

std::string session_text(int pid, const std::string& application) {
  const auto name = pg::redact({.application = application}).application.text();
  return name.empty() ? fmt::format("session {}", pid) : fmt::format("session {} ({})", pid, name);
}

std::string duration_text(Duration duration) {
  const auto seconds = to_seconds(duration);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} h", seconds / 3600);
}

std::optional<KeyOfDetail> key_of_detail(const std::string& detail) {
  constexpr std::string_view kOpen = "Key (";
  constexpr std::string_view kMiddle = ")=(";
  constexpr std::string_view kClose = ") already exists.";
  const std::string_view text = detail;
  const auto middle = text.find(kMiddle);
  // A second ")=(" could be part of a value or of an expression: then nothing is certain.
  if (!text.starts_with(kOpen) || !text.ends_with(kClose) || middle == std::string_view::npos ||
      text.find(kMiddle, middle + 1) != std::string_view::npos)
    return std::nullopt;
  const auto values_at = middle + kMiddle.size();
  KeyOfDetail key{.columns = split_list(text.substr(kOpen.size(), middle - kOpen.size())),
                  .values = split_list(text.substr(values_at, text.size() - kClose.size() - values_at))};
  if (key.columns.size() != key.values.size()) return std::nullopt;
  return key;
}

}  // namespace selfheal::healing
