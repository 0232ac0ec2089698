#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "pg/connection.h"
#include "pg/connection_string.h"
#include "tail/log_decoder.h"

// The log of a server whose files cannot be read from here, fetched with SQL: pg_ls_logdir() and
// pg_read_binary_file(). The bytes go into files of the same names in a directory of ours, which the file
// follower reads like any other: rotation, checkpoints and exactly once are its business.
namespace selfheal::tail {

// From one look to the next; between them nothing is asked.
inline constexpr Duration kMirrorPeriod = 500ms;
inline constexpr Duration kMirrorRetry = 2s;
// One read of the server's file: as text it is twice as long on the wire.
inline constexpr std::int64_t kMirrorChunk = 1 << 20;
// Fetched in one round, so that the other files get their turn.
inline constexpr std::int64_t kMirrorRound = 16 << 20;
// What may wait here to be read; while there is more nothing is fetched: the server's file is the buffer.
inline constexpr std::int64_t kMirrorWaiting = 1 << 30;

struct LogMirrorOptions {
  std::string server;  // for messages
  pg::ConnectionTarget
      target;  // pg_monitor, and EXECUTE on pg_read_binary_file(text, bigint, bigint, boolean)
  std::filesystem::path directory;  // ours; made when it is missing
  LogFormat format = LogFormat::jsonlog;
  // Files here that were changed before this moment are stored and may go. Called on the mirror's thread.
  std::function<Time()> stored_before;
};

// What a file of the server is and how far it was fetched.
struct MirroredFile {
  std::int64_t size = 0;
  std::int64_t fetched = 0;
  // The file's first bytes when it was first seen: another file under the same name begins otherwise.
  std::int64_t head_bytes = 0;
  std::string head_hash = {};
  Time changed{};  // on the server
};

class LogMirror {
 public:
  // `clock` outlives this object.
  LogMirror(LogMirrorOptions options, Clock& clock);

  // Until cancelled. At the first start of all, fetching begins at the end of what the server's files hold.
  StatusTask run();

  // Why nothing is fetched at the moment; empty while it goes well. Any thread that runs this object's
  // executor.
  std::string trouble() const;

 private:
  void tell(std::string now);
  StatusTask round();
  StatusTask connect(Deadline deadline);
  StatusTask look(Deadline deadline);
  StatusTask fetch(const std::string& name, MirroredFile& file, std::int64_t& budget, Deadline deadline);
  Status append(const std::string& name, std::string_view bytes) const;
  Status begin_anew(const std::string& name, MirroredFile& file) const;
  Status drop_stored();
  std::int64_t waiting_bytes() const;
  std::int64_t here(const std::string& name) const;  // bytes in our file of that name
  Status load();
  Status save() const;

  LogMirrorOptions options_;
  Clock& clock_;
  std::unique_ptr<pg::Connection> connection_;
  std::string server_directory_;
  std::map<std::string, MirroredFile> files_;
  bool is_loaded_ = false;
  bool is_first_ = false;  // nothing was ever fetched
  mutable std::mutex mutex_;
  std::string trouble_;
};

}  // namespace selfheal::tail
