#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "pg/connection_string.h"
#include "tail/log_decoder.h"

// Where a server's log is, and how it is written.
namespace selfheal::server {

// What the server says of its log; each field is the setting of that name.
struct LogSettings {
  std::string data_directory;
  std::string log_directory;
  std::string log_destination;
  std::string logging_collector;
  std::string log_filename;
  std::string log_line_prefix;
  std::string cluster_name;
  bool may_fetch = false;  // the role may read log files with SQL
};

// What the owner says instead of a directory to have the files fetched with SQL.
inline constexpr const char* kBySql = "sql";

struct LogSource {
  std::filesystem::path directory;
  tail::LogFormat format = tail::LogFormat::jsonlog;
  std::string log_filename;     // empty: every file of the format
  std::string log_line_prefix;  // of a plain-text log
  bool by_sql = false;          // the files are out of reach: fetched by tail::LogMirror into `directory`
};

// One row, in the order of LogSettings.
inline constexpr const char* kLogSettingsQuery =
    "SELECT current_setting('data_directory', true), current_setting('log_directory'), "
    "current_setting('log_destination'), current_setting('logging_collector'), "
    "current_setting('log_filename'), current_setting('log_line_prefix'), current_setting('cluster_name'), "
    "has_function_privilege('pg_ls_logdir()', 'EXECUTE') AND "
    "has_function_privilege('pg_read_binary_file(text, bigint, bigint, boolean)', 'EXECUTE')";

// The best of the formats that the server writes: jsonlog, else csvlog, which name each session and need no
// guess, else plain text. `configured` is where the owner says that the log is, or empty. Without a collector
// only plain text is written, to where the owner says or where Debian's pg_ctlcluster puts it. Fails when the
// log is in no file we could know of, and says what to set.
Result<LogSource> log_source_of(const LogSettings& settings, const std::filesystem::path& configured);

// The same, asked of the server. Where it does not answer, the files in `configured` tell jsonlog and csvlog.
// Files that nobody pointed at and that lie on another machine, or that may not be read, are fetched with SQL
// into `mirror` where the role may; else those of another machine are refused, because a directory of that
// name here is another server's.
Task<LogSource> ask_log_source(pg::ConnectionTarget target, std::filesystem::path configured,
                               std::filesystem::path mirror, Deadline deadline);

}  // namespace selfheal::server
