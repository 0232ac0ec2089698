#include "server/log_source.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "pg/connection.h"

namespace selfheal::server {
namespace {

namespace fs = std::filesystem;
using tail::LogFormat;

// Where Debian's pg_ctlcluster sends what a server without a collector writes.
constexpr const char* kDebianDirectory = "/var/log/postgresql";

// Debian names a cluster "15/main" and its log "postgresql-15-main.log". Empty for another cluster.
std::string debian_log_name(const std::string& cluster_name) {
  const auto slash = cluster_name.find('/');
  const bool has_version = slash != std::string::npos && slash > 0 && slash + 1 < cluster_name.size() &&
                           std::all_of(cluster_name.begin(), cluster_name.begin() + slash,
                                       [](char c) { return c >= '0' && c <= '9'; });
  const bool is_plain = cluster_name.find('/', slash + 1) == std::string::npos;
  if (!has_version || !is_plain) return {};
  return fmt::format("postgresql-{}-{}.log", cluster_name.substr(0, slash), cluster_name.substr(slash + 1));
}

LogFormat best_of(const std::string& log_destination) {
  if (log_destination.contains("jsonlog")) return LogFormat::jsonlog;
  if (log_destination.contains("csvlog")) return LogFormat::csvlog;
  return LogFormat::stderr_;
}

// log_filename is a pattern of strftime, where a percent sign is written twice.
std::string as_log_filename(const std::string& name) {
  std::string pattern;
  for (const char c : name) pattern += c == '%' ? std::string("%%") : std::string(1, c);
  return pattern;
}

Result<LogSource> uncollected(const LogSettings& settings, const fs::path& configured) {
  const auto debian = debian_log_name(settings.cluster_name);
  LogSource source{.directory = configured,
                   .format = LogFormat::stderr_,
                   .log_filename = as_log_filename(debian),
                   .log_line_prefix = settings.log_line_prefix};
  if (!configured.empty()) return source;
  std::error_code unreadable;
  if (!debian.empty() && fs::exists(fs::path(kDebianDirectory) / debian, unreadable)) {
    source.directory = kDebianDirectory;
    return source;
  }
  return failure(fmt::format(
      "log_destination is {} and logging_collector is {}: where the log goes only its owner knows; "
      "set logging_collector = on, or give log_directory (selfheal doctor)",
      settings.log_destination, settings.logging_collector));
}

// By the names of the files, which no plain-text log can do: it needs its prefix.
std::optional<LogSource> seen_in(const fs::path& configured) {
  if (configured.empty()) return std::nullopt;
  std::optional<LogSource> found;
  std::error_code unreadable;
  for (fs::directory_iterator entry(configured, unreadable), end; entry != end && !unreadable;
       entry.increment(unreadable)) {
    const auto name = entry->path().filename().string();
    if (name.contains(".json")) return LogSource{.directory = configured, .format = LogFormat::jsonlog};
    if (name.contains(".csv")) found = LogSource{.directory = configured, .format = LogFormat::csvlog};
  }
  return found;
}

Task<LogSettings> ask(pg::ConnectionTarget target, Deadline deadline) {
  pg::ConnectOptions options{
      .name = target.display, .conninfo = target.conninfo_without_password, .password = target.password};
  CO_TRY(auto connection, co_await pg::Connection::connect(std::move(options), deadline));
  CO_TRY(const auto rows, co_await connection->query(kLogSettingsQuery, {}, deadline));
  if (rows.rows.empty()) co_return failure("the server does not tell its log settings");
  const auto& row = rows.rows.front();
  const auto at = [&](std::size_t column) { return row[column].value_or(""); };
  co_return LogSettings{.data_directory = at(0),
                        .log_directory = at(1),
                        .log_destination = at(2),
                        .logging_collector = at(3),
                        .log_filename = at(4),
                        .log_line_prefix = at(5),
                        .cluster_name = at(6),
                        .may_fetch = at(7) == "t"};
}

}  // namespace

Result<LogSource> log_source_of(const LogSettings& settings, const fs::path& configured) {
  if (settings.logging_collector != "on") return uncollected(settings, configured);
  const auto format = best_of(settings.log_destination);
  if (format == LogFormat::stderr_ && !settings.log_destination.contains("stderr"))
    return failure(fmt::format(
        "log_destination is {}: no file is written; jsonlog is needed, or csvlog or stderr (selfheal doctor)",
        settings.log_destination));
  LogSource source{.directory = configured,
                   .format = format,
                   .log_filename = settings.log_filename,
                   .log_line_prefix = settings.log_line_prefix};
  if (configured.empty()) source.directory = fs::path(settings.data_directory) / settings.log_directory;
  // What the owner points at may be a copy with names of its own.
  if (!configured.empty() && format != LogFormat::stderr_) source.log_filename.clear();
  return source;
}

Task<LogSource> ask_log_source(pg::ConnectionTarget target, fs::path configured, fs::path mirror,
                               Deadline deadline) {
  const bool is_here = pg::is_this_machine(target);
  const bool wants_sql = configured == kBySql;
  if (wants_sql) configured.clear();
  const auto settings = co_await ask(std::move(target), deadline);
  if (settings) {
    CO_TRY(auto source, log_source_of(*settings, configured));
    const bool is_pointed_at = !configured.empty() || settings->logging_collector != "on";
    const bool is_readable = is_here && access(source.directory.c_str(), R_OK | X_OK) == 0;
    if (is_pointed_at || (is_readable && !wants_sql)) co_return source;
    if (settings->may_fetch || wants_sql) {
      source.by_sql = true;
      source.directory = std::move(mirror);
    } else if (!is_here) {
      co_return failure(
          "its log lies on another machine: GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, "
          "bigint, boolean), "
          "or give log_directory (selfheal doctor)");
    }
    co_return source;
  }
  if (auto seen = seen_in(configured)) co_return std::move(*seen);
  co_return std::unexpected(settings.error());
}

}  // namespace selfheal::server
