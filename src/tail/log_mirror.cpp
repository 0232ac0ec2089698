#include "tail/log_mirror.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/random.h"
#include "pg/params.h"

namespace selfheal::tail {
namespace {

namespace fs = std::filesystem;

constexpr Duration kRoundTimeout = 30s;
// Of a file, to know it by: the first line has a time of milliseconds and a process id.
constexpr std::int64_t kHead = 256;
// How far each file was fetched. Beside the log files, and never taken for one: it ends in nothing PostgreSQL
// writes.
constexpr const char* kIndex = "selfheal.mirror";

// Only the format we read: a server may write all three.
bool is_wanted(std::string_view name, LogFormat format) {
  const bool json = name.contains(".json");
  const bool csv = name.contains(".csv");
  if (name.contains('/') || name.starts_with('.') || name == kIndex) return false;
  for (const auto* packed : {".gz", ".zst", ".xz", ".bz2", ".lz4"})
    if (name.ends_with(packed)) return false;
  switch (format) {
    case LogFormat::jsonlog:
      return json;
    case LogFormat::csvlog:
      return csv;
    case LogFormat::stderr_:
      return !json && !csv;
  }
  return false;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// bytea as PostgreSQL prints it: \x and two hexadecimal digits a byte.
Result<std::string> bytes_of(const std::string& text) {
  if (!text.starts_with("\\x") || text.size() % 2 != 0)
    return failure("log mirror: the server sent no bytea");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t at = 2; at < text.size(); at += 2) {
    const int high = digit_of(text[at]);
    const int low = digit_of(text[at + 1]);
    if (high < 0 || low < 0) return failure("log mirror: the server sent no bytea");
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

Status failed(const char* what, const fs::path& path) {
  return failure(
      fmt::format("log mirror: {} {}: {}", what, path.string(), std::generic_category().message(errno)));
}

}  // namespace

LogMirror::LogMirror(LogMirrorOptions options, Clock& clock) : options_(std::move(options)), clock_(clock) {
  CHECK(options_.stored_before);
}

StatusTask LogMirror::run() {
  for (;;) {
    const auto done = co_await round();
    if (!done && done.error().code == ErrorCode::cancelled)
      co_return failure(ErrorCode::cancelled, "log mirror: stopped");
    tell(done ? std::string() : done.error().message);
    if (!done) connection_.reset();
    if (!co_await clock_.sleep(done ? kMirrorPeriod : kMirrorRetry))
      co_return failure(ErrorCode::cancelled, "log mirror: stopped");
  }
}

void LogMirror::tell(std::string now) {
  const std::scoped_lock lock(mutex_);
  if (now != trouble_ && !now.empty()) log::warning("{}: its log is not fetched: {}", options_.server, now);
  trouble_ = std::move(now);
}

std::string LogMirror::trouble() const {
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

StatusTask LogMirror::round() {
  const auto deadline = clock_.deadline_in(kRoundTimeout);
  if (!is_loaded_) CO_TRY_OK(load());
  if (!connection_) CO_TRY_OK(co_await connect(deadline));
  CO_TRY_OK(co_await look(deadline));
  CO_TRY_OK(drop_stored());
  // In the order in which the server wrote them, each to its end before the next.
  std::vector<std::string> unread;
  for (const auto& [name, file] : files_)
    if (file.size != file.fetched) unread.push_back(name);
  std::ranges::sort(unread, {},
                    [this](const std::string& name) { return std::pair(files_.at(name).changed, name); });
  auto budget = std::min(kMirrorRound, kMirrorWaiting - waiting_bytes());
  for (const auto& name : unread) {
    if (budget <= 0) break;
    CO_TRY_OK(co_await fetch(name, files_.at(name), budget, deadline));
  }
  co_return save();
}

StatusTask LogMirror::connect(Deadline deadline) {
  pg::ConnectOptions connect{
      .name = options_.server,
      .conninfo = options_.target.conninfo_without_password,
      .password = options_.target.password,
      .application_name = "selfheal log",
      .settings = {{"default_transaction_read_only", "on"}, {"statement_timeout", "10s"}}};
  CO_TRY(connection_, co_await pg::Connection::connect(std::move(connect), deadline));
  CO_TRY(const auto rows,
         co_await connection_->query(
             "SELECT current_setting('log_directory'), "
             "has_function_privilege('pg_ls_logdir()', 'EXECUTE') AND "
             "has_function_privilege('pg_read_binary_file(text, bigint, bigint, boolean)', 'EXECUTE')",
             {}, deadline));
  CO_TRY(server_directory_, pg::read_text(rows.rows.at(0)[0]));
  CO_TRY(const auto is_allowed, pg::read_bool(rows.rows[0][1]));
  if (is_allowed) co_return Status();
  co_return failure(
      ErrorCode::refused,
      "its files cannot be read here, and the role may not read them with SQL: GRANT pg_monitor and "
      "EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean)");
}

StatusTask LogMirror::look(Deadline deadline) {
  CO_TRY(const auto rows, co_await connection_->query("SELECT name, size, modification FROM pg_ls_logdir() "
                                                      "ORDER BY modification DESC LIMIT 1000",
                                                      {}, deadline));
  std::map<std::string, MirroredFile> seen;
  for (const auto& cells : rows.rows) {
    CO_TRY(auto name, pg::read_text(cells[0]));
    if (!is_wanted(name, options_.format)) continue;
    MirroredFile file;
    CO_TRY(file.size, pg::read_int64(cells[1]));
    CO_TRY(file.changed, pg::read_time(cells[2]));
    const auto known = files_.find(name);
    if (known != files_.end()) {
      file.fetched = known->second.fetched;
      file.head_bytes = known->second.head_bytes;
      file.head_hash = known->second.head_hash;
    } else if (is_first_) {
      file.fetched = file.size;
    }
    // Truncated under its name, or another file of that name.
    if (file.fetched > file.size) CO_TRY_OK(begin_anew(name, file));
    seen.emplace(std::move(name), file);
  }
  files_ = std::move(seen);
  is_first_ = false;
  // Ours is there from the beginning, so that who reads it sees that all goes well.
  const auto newest =
      std::ranges::max_element(files_, {}, [](const auto& file) { return file.second.changed; });
  co_return newest == files_.end() ? Status() : append(newest->first, "");
}

StatusTask LogMirror::fetch(const std::string& name, MirroredFile& file, std::int64_t& budget,
                            Deadline deadline) {
  while (file.fetched < file.size && budget > 0) {
    const auto wanted = std::min({kMirrorChunk, file.size - file.fetched, budget});
    std::vector<pg::Param> params{server_directory_ + "/" + name, pg::to_param(file.fetched),
                                  pg::to_param(wanted),
                                  pg::to_param(file.head_bytes > 0 ? file.head_bytes : kHead)};
    CO_TRY(const auto rows,
           co_await connection_->query("SELECT pg_read_binary_file($1::text, $2::bigint, $3::bigint, true), "
                                       "pg_read_binary_file($1::text, 0, $4::bigint, true)",
                                       std::move(params), deadline));
    if (rows.rows.empty() || !rows.rows[0][0] || !rows.rows[0][1])
      co_return Status();  // gone since we looked
    CO_TRY(const auto bytes, bytes_of(*rows.rows[0][0]));
    CO_TRY(const auto head, bytes_of(*rows.rows[0][1]));
    if (file.head_bytes > 0 && sha256_hex(head) != file.head_hash) {
      // Renamed or truncated, and grown beyond what we had: all of it is new.
      file.head_bytes = 0;
      CO_TRY_OK(begin_anew(name, file));
      continue;
    }
    if (file.head_bytes == 0) {
      file.head_bytes = static_cast<std::int64_t>(head.size());
      file.head_hash = sha256_hex(head);
    }
    if (bytes.empty()) co_return Status();
    CO_TRY_OK(append(name, bytes));
    file.fetched += static_cast<std::int64_t>(bytes.size());
    budget -= static_cast<std::int64_t>(bytes.size());
  }
  co_return Status();
}

Status LogMirror::append(const std::string& name, std::string_view bytes) const {
  const auto path = options_.directory / name;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return failed("open", path);
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0) {
      auto error = failed("write", path);
      ::close(file);
      return error;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(file);
  return {};
}

// The follower still reads what was fetched, under another name.
Status LogMirror::begin_anew(const std::string& name, MirroredFile& file) const {
  file.fetched = 0;
  file.head_bytes = 0;
  std::error_code error;
  const auto path = options_.directory / name;
  if (fs::exists(path, error))
    fs::rename(path, options_.directory / fmt::format("{}.{}", name, clock_.now().time_since_epoch().count()),
               error);
  return error ? failure(fmt::format("log mirror: rename {}: {}", path.string(), error.message())) : Status();
}

Status LogMirror::drop_stored() {
  const auto before = options_.stored_before();
  bool is_changed = false;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.directory, error)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(kIndex)) continue;
    const auto known = files_.find(name);
    // The newest goes on growing.
    const bool is_current = known != files_.end() && std::ranges::none_of(files_, [&](const auto& other) {
                              return other.second.changed > known->second.changed;
                            });
    if (is_current) continue;
    const auto changed =
        std::chrono::time_point_cast<Duration>(std::chrono::file_clock::to_sys(entry.last_write_time(error)));
    if (!error && Time(changed.time_since_epoch()) < before) is_changed |= fs::remove(entry.path(), error);
  }
  // At once: what is gone and not noted would be fetched again.
  return is_changed ? save() : Status();
}

std::int64_t LogMirror::waiting_bytes() const {
  std::int64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.directory, error)) {
    const auto size = entry.file_size(error);
    if (!error) bytes += static_cast<std::int64_t>(size);
  }
  return bytes;
}

std::int64_t LogMirror::here(const std::string& name) const {
  std::error_code error;
  const auto size = fs::file_size(options_.directory / name, error);
  return error ? 0 : static_cast<std::int64_t>(size);
}

Status LogMirror::load() {
  std::error_code error;
  fs::create_directories(options_.directory, error);
  if (error) return failure(fmt::format("log mirror: {}: {}", options_.directory.string(), error.message()));
  std::ifstream in(options_.directory / kIndex);
  is_first_ = !in;
  std::int64_t before = 0;
  MirroredFile file;
  for (std::string name;
       in >> before >> file.head_bytes >> file.head_hash && in.get() == ' ' && std::getline(in, name);) {
    file.fetched = before + here(name);
    if (file.head_bytes == 0) file.head_hash.clear();
    files_[name] = file;
  }
  is_loaded_ = true;
  return {};
}

// One line a file: how much of it came before what is in our file, its head, and its name. What was appended
// after the last save counts by being there.
Status LogMirror::save() const {
  const auto path = options_.directory / kIndex;
  const auto fresh = options_.directory / (std::string(kIndex) + ".new");
  {
    std::ofstream out(fresh, std::ios::trunc);
    for (const auto& [name, file] : files_)
      if (!name.contains('\n'))
        out << file.fetched - here(name) << ' ' << file.head_bytes << ' '
            << (file.head_hash.empty() ? "-" : file.head_hash) << ' ' << name << '\n';
    if (!out.flush()) return failed("write", fresh);
  }
  return ::rename(fresh.c_str(), path.c_str()) == 0 ? Status() : failed("rename", fresh);
}

}  // namespace selfheal::tail
