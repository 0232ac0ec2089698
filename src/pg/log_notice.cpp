#include "pg/log_notice.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace selfheal::pg {
namespace {

// A sort that spills some megabytes is ordinary; from here on it is worth a larger work_mem or an index.
constexpr double kTempFileBytes = 10e6;
// Every running query keeps some dead rows; thousands in one table mean that something old holds them.
constexpr double kDeadRows = 10'000;

// By name; patterns of one name from the special to the general.
constexpr LogNotice kNotices[] = {
    {"archive_failed", "archive command failed with exit code "},
    {"archive_failed", "archive command was terminated by "},
    {"checkpoints_too_frequent", "checkpoints are occurring too frequently ("},
    {"collation_mismatch", "collation \"*\" has version mismatch"},
    {"collation_mismatch", "database \"*\" has a collation version mismatch"},
    {"configuration_in_part", "configuration file \"*\" contains errors; unaffected changes were applied"},
    {"configuration_refused", "configuration file \"*\" contains errors"},
    {"crash_recovery", "database system was not properly shut down"},
    {"dead_rows_kept", "automatic aggressive vacuum *are dead but not yet removable",
     " are dead but not yet removable", true, kDeadRows},
    {"dead_rows_kept", "automatic vacuum *are dead but not yet removable", " are dead but not yet removable",
     true, kDeadRows},
    {"hba_not_reloaded", "pg_hba.conf was not reloaded"},
    {"lock_acquired", "process * acquired * after "},
    {"lock_wait", "process * still waiting for * after "},
    {"page_verification_failed", "page verification failed, "},
    {"process_killed", "* (PID *) was terminated by signal "},
    {"replication_timeout", "terminating walsender process due to replication timeout"},
    {"slot_invalidated", "invalidating obsolete replication slot "},
    {"slot_invalidated", "invalidating slot "},
    {"temp_file", "temporary file: path \"*\", size ", "\", size ", false, kTempFileBytes},
    {"transaction_abandoned", "unexpected EOF on client connection with an open transaction"},
    {"wraparound_vacuum", "automatic aggressive vacuum to prevent wraparound of table "},
    {"wraparound_vacuum", "automatic vacuum to prevent wraparound of table "},
    {"wraparound_warning", "database \"*\" must be vacuumed within "},
    {"wraparound_warning", "database with OID * must be vacuumed within "},
};

bool fits(std::string_view pattern, std::string_view text) {
  for (auto star = pattern.find('*'); star != pattern.npos; star = pattern.find('*')) {
    const auto part = pattern.substr(0, star);
    if (!text.starts_with(part)) return false;
    text.remove_prefix(part.size());
    pattern.remove_prefix(star + 1);
    const auto next = text.find(pattern.substr(0, pattern.find('*')));
    if (next == text.npos) return false;
    text.remove_prefix(next);
  }
  return text.starts_with(pattern);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<double> measured(const LogNotice& notice, std::string_view message) {
  const auto at = message.find(notice.measure);
  if (at == message.npos) return std::nullopt;
  auto digits = message.substr(at + notice.measure.size());
  if (notice.is_before) {
    digits = message.substr(0, at);
    const auto begin = std::find_if_not(digits.rbegin(), digits.rend(), is_digit);
    digits = digits.substr(static_cast<std::size_t>(digits.rend() - begin));
  }
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc{} ? std::optional(number) : std::nullopt;
}

bool counts(const LogNotice& notice, std::string_view message) {
  if (notice.measure.empty()) return true;
  const auto number = measured(notice, message);
  return number && *number >= notice.least;
}

}  // namespace

std::span<const LogNotice> log_notices() { return kNotices; }

const LogNotice* log_notice_of(std::string_view message) {
  const auto* found = std::ranges::find_if(kNotices, [&](const LogNotice& notice) {
    return fits(notice.pattern, message) && counts(notice, message);
  });
  return found == std::end(kNotices) ? nullptr : found;
}

}  // namespace selfheal::pg
