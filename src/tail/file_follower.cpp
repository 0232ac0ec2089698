#include "tail/file_follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "tail/internal/line_splitter.h"
#include "tail/internal/log_directory.h"
#include "tail/internal/log_file.h"

namespace selfheal::tail {
namespace {

// Time stamps of files come from a clock that ticks every few milliseconds and may lag behind ours.
constexpr Duration kFileClockLag = 1s;

// What say_once() speaks about, besides names of files, which hold no slash.
constexpr auto kDirectory = "/";
constexpr auto kNoFile = "/no file";

bool is_older(const LogFile* a, const LogFile* b) {
  return std::tie(a->modified, a->name) < std::tie(b->modified, b->name);
}

}  // namespace

struct FileFollower::State {
  Options options;
  LogNames names;
  std::optional<Checkpoint> checkpoint;  // where to begin, until the first look that succeeds
  Time since{};                          // without any file: what is modified from here on is unread
  bool is_placed = false;
  std::map<FileId, LogFile> files;
  LogFile* current = nullptr;  // into `files`
  LineSplitter splitter;       // what was read of `current` beyond the last line returned
  bool is_anew = false;        // the next line does not continue the last one returned
  std::vector<char> chunk = std::vector<char>(kReadBytes);
  std::int64_t gaps = 0;
  std::vector<std::string> notices;
  std::map<std::string, std::string> said;  // about what -> what was said last

  void say_once(const std::string& about, const std::string& text);
  void report_gap(const std::string& text);
  bool open(LogFile& file);
  void look();
  void listing_failed(const Error& error);
  bool place(const std::vector<SeenFile>& seen);
  void place_at_end(const std::vector<SeenFile>& seen);
  bool place_at_checkpoint(const std::vector<SeenFile>& seen);
  LogFile* checkpointed_file();
  LogFile* take_compressed(bool is_found);
  void update(const SeenFile& seen);
  void check_changed(LogFile& file);
  void continue_copy(LogFile& file) const;
  void forget_deleted();
  std::vector<LogFile*> unread();
  void hold_unread();
  LogFile* next_file();
  std::size_t read_chunk();
  void restart_truncated();
  void move_to(LogFile* next);
  void take_lines(Reading& reading, std::size_t most_lines);
  void take_line(Reading& reading, LineSplitter::Line line, std::uint64_t begin);
  // Where the next line begins in the current file.
  std::uint64_t line_begin() const { return current->offset - splitter.pending_bytes(); }
};

FileFollower::FileFollower(Options options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->names = {state_->options.format, state_->options.log_filename};
  state_->checkpoint = state_->options.checkpoint;
  state_->since = state_->options.started_at - kFileClockLag;
}
FileFollower::~FileFollower() = default;

void FileFollower::look() { state_->look(); }

Reading FileFollower::poll(std::size_t most_lines) {
  CHECK(most_lines > 0);
  auto& s = *state_;
  Reading reading;
  reading.more = true;
  s.take_lines(reading, most_lines);
  if (!reading.lines.empty()) return reading;
  if (s.current == nullptr) s.move_to(s.next_file());
  if (s.current != nullptr && s.read_chunk() > 0) {
    s.take_lines(reading, most_lines);
    return reading;
  }
  auto* const next = s.next_file();
  reading.more = next != nullptr;
  if (next == nullptr) return reading;
  // The newer file had bytes before we found the end of this one, so nothing will follow here.
  const auto rest_begins = s.line_begin();
  if (const auto rest = s.splitter.rest()) s.take_line(reading, *rest, rest_begins);
  reading.ends_file = true;
  s.move_to(next);
  return reading;
}

Checkpoint FileFollower::position() const {
  const auto& s = *state_;
  if (s.current == nullptr) return s.checkpoint.value_or(Checkpoint{.file_time = s.since});
  return position_at(s.line_begin());
}

Checkpoint FileFollower::position_at(std::uint64_t offset) const {
  const auto& s = *state_;
  if (s.current == nullptr) return position();
  const auto& file = *s.current;
  return {.device = file.id.device,
          .inode = file.id.inode,
          .head_hash = sha256_hex(file.head),
          .head_bytes = file.head.size(),
          .offset = offset,
          .file_name = file.name,
          .file_time = file.modified};
}

const std::string& FileFollower::current_name() const {
  static const std::string kNone;
  return state_->current == nullptr ? kNone : state_->current->name;
}

std::uint64_t FileFollower::bytes_behind() const {
  std::uint64_t bytes = state_->splitter.pending_bytes();
  for (const auto& [id, file] : state_->files) bytes += file.unread_bytes();
  return bytes;
}

std::int64_t FileFollower::possible_gaps() const { return state_->gaps; }

std::string FileFollower::trouble() const {
  const auto& s = *state_;
  const auto said_of = [&](const std::string& about) {
    const auto found = s.said.find(about);
    return found == s.said.end() ? std::string() : found->second;
  };
  auto trouble = said_of(kDirectory);
  if (trouble.empty() && !s.is_placed) trouble = said_of(kNoFile);
  for (auto file = s.files.begin(); trouble.empty() && file != s.files.end(); ++file) {
    // An old file that may not be read is in nobody's way.
    const bool matters = !s.is_placed || &file->second == s.current || file->second.has_unread();
    if (matters) trouble = said_of(file->second.name);
  }
  return trouble;
}

std::vector<std::string> FileFollower::take_notices() { return std::exchange(state_->notices, {}); }

void FileFollower::State::say_once(const std::string& about, const std::string& text) {
  if (said.size() > kFollowedFiles) said.clear();
  if (std::exchange(said[about], text) != text) notices.push_back(text);
}

void FileFollower::State::report_gap(const std::string& text) {
  ++gaps;
  notices.push_back(text);
}

bool FileFollower::State::open(LogFile& file) {
  const auto opened = file.open(options.log_directory);
  if (opened) {
    said.erase(file.name);
  } else if (opened.error().code != ErrorCode::conflict) {  // replaced: the next look shows by what
    say_once(file.name, opened.error().message + "; trying again");
  }
  return opened.has_value();
}

void FileFollower::State::look() {
  const auto seen = list_logs(options.log_directory, names);
  if (!seen) return listing_failed(seen.error());
  said.erase(kDirectory);
  if (!is_placed) {
    is_placed = place(*seen);
    if (!is_placed) return;
  } else {
    for (auto& [id, file] : files) file.is_listed = false;
    for (const auto& file : *seen) update(file);
    forget_deleted();
  }
  hold_unread();
}

void FileFollower::State::listing_failed(const Error& error) {
  say_once(kDirectory, error.message + "; waiting for it");
  // What appears where nothing was is new: it is read from its beginning.
  if (error.code == ErrorCode::not_found && !checkpoint && !is_placed)
    checkpoint = Checkpoint{.file_time = since};
}

// Decides, once, what of the existing files is unread.
bool FileFollower::State::place(const std::vector<SeenFile>& seen) {
  files.clear();
  for (const auto& file : seen)
    files.emplace(file.id,
                  LogFile{.name = file.name, .id = file.id, .size = file.size, .modified = file.modified});
  if (seen.empty()) {
    if (!checkpoint) checkpoint = Checkpoint{.file_time = since};
    say_once(kNoFile, fmt::format("log directory {}: holds no {} file; waiting for one",
                                  options.log_directory.string(), word_of(names.format)));
    return false;
  }
  if (checkpoint) return place_at_checkpoint(seen);
  place_at_end(seen);
  return true;
}

void FileFollower::State::place_at_end(const std::vector<SeenFile>& seen) {
  for (auto& [id, file] : files) {
    file.offset = file.size;
    file.starts_at_end = true;
    // Its beginning must be known before its number can be given to another file.
    if (open(file) && id != seen.back().id) file.close();
  }
  current = &files.at(seen.back().id);
}

bool FileFollower::State::place_at_checkpoint(const std::vector<SeenFile>& seen) {
  bool all_readable = true;
  for (auto& [id, file] : files) {
    all_readable = open(file) && all_readable;
    file.close();
  }
  auto* found = checkpointed_file();
  // The file we look for may be the one we may not read.
  if (found == nullptr && !all_readable) return false;
  for (auto& [id, file] : files) file.offset = file.modified >= checkpoint->file_time ? 0 : file.size;
  const auto* const plain = found;
  if (auto* const compressed = take_compressed(found != nullptr)) found = compressed;
  if (found != nullptr) {
    found->offset = checkpoint->offset;
    if (found != plain) found->close();
    current = open(*found) ? found : nullptr;
  } else if (!checkpoint->file_name.empty()) {
    report_gap(fmt::format(
        "log file {}: gone since it was read up to byte {}; lines may be missing, reading on in {}",
        checkpoint->file_name, checkpoint->offset, seen.back().name));
  }
  return true;
}

LogFile* FileFollower::State::checkpointed_file() {
  const auto& point = *checkpoint;
  const auto begins_alike = [&](const LogFile& file) {
    return file.size >= point.offset && file.head.size() >= point.head_bytes &&
           sha256_hex(std::string_view(file.head).substr(0, point.head_bytes)) == point.head_hash;
  };
  const auto same_number = files.find({point.device, point.inode});
  if (same_number != files.end() && begins_alike(same_number->second)) return &same_number->second;
  // Device numbers change when a machine starts, and a restored copy has another inode; the bytes tell.
  if (point.head_bytes == 0) return nullptr;
  const auto same_bytes =
      std::ranges::find_if(files, [&](const auto& entry) { return begins_alike(entry.second); });
  return same_bytes == files.end() ? nullptr : &same_bytes->second;
}

// What was compressed since the checkpoint is read like the rest, unless the file itself is still there.
// Which of them is the checkpoint's, when no other is: null when none.
LogFile* FileFollower::State::take_compressed(bool is_found) {
  auto packed_names = names;
  packed_names.compressed = true;
  const auto seen = list_logs(options.log_directory, packed_names);
  if (!seen) return nullptr;
  LogFile* found = nullptr;
  const auto& point = *checkpoint;
  for (const auto& one : *seen) {
    // Some tools keep no more of the time than its seconds.
    const auto second = std::chrono::floor<std::chrono::seconds>(one.modified);
    const auto since_point =
        one.modified == second ? std::chrono::floor<std::chrono::seconds>(point.file_time) : point.file_time;
    if (one.modified < since_point) continue;
    LogFile file{
        .name = one.name, .id = one.id, .size = one.size, .modified = one.modified, .is_compressed = true};
    if (!open(file)) continue;
    file.close();
    const bool is_there = std::ranges::any_of(
        files, [&](const auto& entry) { return !file.head.empty() && entry.second.head == file.head; });
    const bool is_point =
        point.head_bytes > 0 && file.head.size() >= point.head_bytes &&
        sha256_hex(std::string_view(file.head).substr(0, point.head_bytes)) == point.head_hash;
    if (is_there || (is_point && is_found)) continue;
    auto& kept = files[one.id] = std::move(file);
    if (is_point && found == nullptr) found = &kept;
  }
  return found;
}

void FileFollower::State::update(const SeenFile& seen) {
  const auto [entry, is_new] = files.try_emplace(seen.id);
  auto& file = entry->second;
  const bool is_changed = is_new || file.size != seen.size || file.modified != seen.modified;
  file.id = seen.id;
  file.name = seen.name;
  file.is_listed = true;
  if (!is_changed || &file == current) return;
  file.size = seen.size;
  file.modified = seen.modified;
  if (is_new) {
    if (open(file)) continue_copy(file);
  } else {
    check_changed(file);
  }
}

// A file that was read before has grown, was truncated, or its number went to another file.
void FileFollower::State::check_changed(LogFile& file) {
  const bool was_held = file.descriptor.is_open();
  const bool had_unread = file.has_unread();
  if (!open(file) || !was_held || file.is_same()) return;
  if (had_unread)
    report_gap(fmt::format("log file {}: truncated before it was read; lines are missing", file.name));
  file.restart();
}

// logrotate's copytruncate copies the log before it empties it. The copy begins alike and is read from where
// the original stands.
void FileFollower::State::continue_copy(LogFile& file) const {
  if (file.head.size() < kHeadBytes) return;
  for (const auto& [id, other] : files)
    if (&other != &file && other.head == file.head) {
      const auto pending = &other == current ? splitter.pending_bytes() : 0;
      file.offset = std::min(file.size, other.offset - pending);
    }
}

void FileFollower::State::forget_deleted() {
  std::erase_if(files, [this](const auto& entry) {
    const auto& file = entry.second;
    if (file.is_listed || &file == current) return false;
    if (file.is_compressed) return !file.has_unread();
    if (file.has_unread() && file.descriptor.is_open()) return false;
    if (file.has_unread())
      report_gap(fmt::format("log file {}: deleted before it was read; lines are missing", file.name));
    return true;
  });
}

std::vector<LogFile*> FileFollower::State::unread() {
  std::vector<LogFile*> found;
  for (auto& [id, file] : files)
    if (&file != current && file.has_unread()) found.push_back(&file);
  std::ranges::sort(found, is_older);
  return found;
}

void FileFollower::State::hold_unread() {
  std::size_t held = 0;
  for (auto* file : unread())
    if (file->is_compressed)  // opened when its turn comes: unpacking takes memory
      continue;
    else if (held < kOpenFiles && open(*file))
      ++held;
    else
      file->close();
  for (auto& [id, file] : files)
    if (&file != current && !file.has_unread()) file.close();
}

LogFile* FileFollower::State::next_file() {
  for (auto* file : unread())
    if (open(*file) && file->has_unread()) return file;
  return nullptr;
}

std::size_t FileFollower::State::read_chunk() {
  if (!open(*current)) return 0;
  if (!current->is_same()) restart_truncated();
  const auto count = current->read(chunk);
  if (!count) {
    say_once(current->name,
             fmt::format("log file {}: {}; trying again", current->name, count.error().message));
    return 0;
  }
  splitter.feed({chunk.data(), *count});
  return *count;
}

void FileFollower::State::restart_truncated() {
  look();  // a copy made before the truncation is known by the old beginning
  report_gap(
      fmt::format("log file {}: truncated while it was followed; lines of its last moments may be missing",
                  current->name));
  current->restart();
  splitter.clear();
  is_anew = true;
  if (auto* const next = next_file(); next != nullptr && is_older(next, current)) move_to(next);
}

void FileFollower::State::move_to(LogFile* next) {
  auto* const left = std::exchange(current, next);
  if (left != nullptr && left != next) left->close();
  is_anew = is_anew || left != next;
}

void FileFollower::State::take_lines(Reading& reading, std::size_t most_lines) {
  while (reading.lines.size() < most_lines) {
    const auto begin = current == nullptr ? 0 : line_begin();
    const auto line = splitter.next();
    if (!line) return;
    take_line(reading, *line, begin);
  }
}

void FileFollower::State::take_line(Reading& reading, LineSplitter::Line line, std::uint64_t begin) {
  if (reading.lines.empty()) {
    const std::string_view head = current->head;
    reading.begins_anew = std::exchange(is_anew, false);
    reading.file = sha256_hex(head.substr(0, head.find('\n'))).substr(0, 16);
  }
  reading.lines.push_back({line.text, line.cut, begin});
}

Result<std::filesystem::path> log_directory_of(const std::filesystem::path& data_directory,
                                               LogFormat format) {
  const auto list = data_directory / "current_logfiles";
  std::ifstream in(list);
  if (!in) return failure(fmt::format("{}: cannot be read", list.string()));
  const auto word = std::string(word_of(format)) + " ";
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(word)) return (data_directory / line.substr(word.size())).parent_path();
  return failure(ErrorCode::not_found, fmt::format("{}: names no {}; log_destination says which are written",
                                                   list.string(), word_of(format)));
}

}  // namespace selfheal::tail
