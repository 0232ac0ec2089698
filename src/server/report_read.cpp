#include "server/report_read.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <optional>
#include <ostream>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "base/thread.h"
#include "cli/output.h"
#include "server/internal/log_report.h"

namespace selfheal::server {
namespace {

namespace fs = std::filesystem;
using tail::LogFormat;

constexpr Duration kProgressPeriod = 250ms;
// More families than a person reads.
constexpr double kLargestTop = 1000;
// Files named by one directory; hourly files of a year.
constexpr std::size_t kFilesOfDirectory = 10'000;

struct Wanted {
  tail::LogReaderOptions reading;
  std::optional<Time> since;
  std::optional<Time> until;
  std::vector<std::string> files;  // "-" is standard input
};

// What parse_time reads, with UTC when no zone is said, or a day.
Result<std::optional<Time>> moment_of(const cli::Arguments& arguments, const std::string& option) {
  const auto text = arguments.text(option);
  if (text.empty()) return std::nullopt;
  for (const auto* rest : {"", " UTC", " 00:00:00 UTC"})
    if (const auto time = parse_time(text + rest)) return *time;
  return failure(ErrorCode::invalid_input,
                 fmt::format("{} takes a moment like 2026-11-25T14:00:00Z or 2026-11-25 14:00:00", option));
}

// In the order of preference: the first holds most of what happened, the last least.
constexpr std::array<std::string_view, 3> kNames = {".json", ".csv", ".log"};

std::size_t kind_of_name(const std::string& name) {
  const auto found = std::ranges::find_if(kNames, [&](std::string_view part) { return name.contains(part); });
  return static_cast<std::size_t>(found - kNames.begin());
}

// A server can write one log in three formats side by side; only one of them is taken.
Result<std::vector<std::string>> files_of(const fs::path& directory, std::optional<LogFormat> format,
                                          std::vector<std::string>& notes) {
  std::array<std::vector<std::pair<fs::file_time_type, std::string>>, kNames.size()> kinds;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const auto kind = kind_of_name(entry->path().filename().string());
    std::error_code ignored;
    if (kind < kinds.size() && entry->is_regular_file(ignored) && kinds[kind].size() < kFilesOfDirectory)
      kinds[kind].emplace_back(entry->last_write_time(ignored), entry->path().string());
  }
  if (error) return failure(fmt::format("{}: {}", directory.string(), error.message()));
  const auto wanted = format ? kinds.begin() + static_cast<int>(*format)
                             : std::ranges::find_if(kinds, [](const auto& kind) { return !kind.empty(); });
  if (wanted == kinds.end() || wanted->empty())
    return failure(ErrorCode::not_found,
                   fmt::format("{}: no file whose name holds .json, .csv or .log", directory.string()));
  for (auto kind = kinds.begin(); kind != kinds.end(); ++kind) {
    if (kind == wanted || kind->empty()) continue;
    notes.push_back(fmt::format(
        "{}: {} files with {} were left out: they may hold the same in another format", directory.string(),
        kind->size(), kNames[static_cast<std::size_t>(kind - kinds.begin())]));
  }
  std::ranges::sort(*wanted);
  std::vector<std::string> files;
  for (auto& [time, name] : *wanted) files.push_back(std::move(name));
  return files;
}

Result<Wanted> wanted_of(const cli::Invocation& call, std::vector<std::string>& notes) {
  const auto& arguments = call.arguments;
  Wanted wanted;
  if (const auto word = arguments.text("--format"); !word.empty())
    wanted.reading.format = word == "jsonlog"  ? LogFormat::jsonlog
                            : word == "csvlog" ? LogFormat::csvlog
                                               : LogFormat::stderr_;
  wanted.reading.line_prefix = arguments.text("--prefix");
  if (!wanted.reading.line_prefix.empty() && !wanted.reading.format)
    wanted.reading.format = LogFormat::stderr_;
  TRY(wanted.since, moment_of(arguments, "--since"));
  TRY(wanted.until, moment_of(arguments, "--until"));
  wanted.reading.decode_routine = wanted.since || wanted.until;
  wanted.reading.now = call.streams.clock.now();
  for (const auto& name : arguments.list("FILE")) {
    std::error_code error;
    if (name == "-" || !fs::is_directory(name, error)) {
      wanted.files.push_back(name);
      continue;
    }
    TRY(auto files, files_of(name, wanted.reading.format, notes));
    wanted.files.insert(wanted.files.end(), files.begin(), files.end());
  }
  return wanted;
}

// One line on a terminal, written over and over.
class Progress {
 public:
  explicit Progress(cli::Streams& streams)
      : streams_(streams), next_(streams.clock.now() + 2 * kProgressPeriod) {}

  void show(const std::string& name, const tail::FileReading& read, std::uint64_t taken, std::uint64_t of) {
    const auto now = streams_.clock.now();
    if (!streams_.err_is_terminal || now < next_) return;
    next_ = now + kProgressPeriod;
    const auto share = of > 0 ? fmt::format("{:3} %  ", std::min<std::uint64_t>(100, 100 * taken / of)) : "";
    const auto line = fmt::format("{}{:L} lines  {}", share, read.lines, cli::safe_text(name));
    streams_.err << "\r" << cli::cut(line, streams_.width - 1) << "\x1b[K" << std::flush;
    shown_ = true;
  }
  void clear() {
    if (std::exchange(shown_, false)) streams_.err << "\r\x1b[K" << std::flush;
  }

 private:
  cli::Streams& streams_;
  Time next_;
  bool shown_ = false;
};

Result<tail::FileReading> read_file(const std::string& name, const Wanted& wanted,
                                    analysis::LogAnalysis& analysis, Progress& progress) {
  auto file = name == "-" ? tail::CompressedFile::adopt(::dup(STDIN_FILENO), "standard input")
                          : tail::CompressedFile::open(name);
  if (!file) return std::unexpected(file.error());
  const tail::LogReaderCallbacks callbacks{
      .record =
          [&](const tail::LogRecord& record) {
            const auto at = record.event.key.at;
            if ((!wanted.since || at >= *wanted.since) && (!wanted.until || at < *wanted.until))
              analysis.add(record.event);
          },
      .moment = [&](Time at) { analysis.saw(at); },
      .progress = [&](const tail::FileReading& read, std::uint64_t taken,
                      std::uint64_t of) { progress.show(name, read, taken, of); }};
  TRY(auto read, tail::read_log(*file, wanted.reading, callbacks));
  analysis.add_routine(read.routine);
  return read;
}

LogReport read_all(const Wanted& wanted, const Clock* stopwatch, cli::Streams& streams) {
  LogReport report;
  analysis::LogAnalysis analysis(stopwatch);
  Progress progress(streams);
  const auto start = streams.clock.steady_now();
  for (const auto& name : wanted.files) {
    auto& file = report.files.emplace_back(LogReport::File{.name = name, .read = {}, .unread = {}});
    auto read = read_file(name, wanted, analysis, progress);
    if (read)
      file.read = *std::move(read);
    else
      file.unread = read.error().message;
  }
  progress.clear();
  report.summary = analysis.take();
  report.took = std::chrono::duration_cast<Duration>(streams.clock.steady_now() - start);
  return report;
}

// A file that could not be read, or not to its end, is said on standard error too, where a pipe does not hide
// it.
int exit_code_of(const LogReport& report, cli::Invocation& call) {
  int code = cli::kOk;
  for (const auto& file : report.files) {
    const auto& why = file.unread.empty() ? file.read.damage : file.unread;
    if (why.empty()) continue;
    code = cli::kFailed;
    const auto named = why.starts_with(file.name) ? why : fmt::format("{}: {}", file.name, why);
    call.streams.err << "selfheal: " << cli::safe_text(named) << "\n";
  }
  return code;
}

int report_read(cli::Invocation& call) {
  std::vector<std::string> notes;
  auto wanted = wanted_of(call, notes);
  if (!wanted) return cli::report(call, wanted.error(), "selfheal report read --help");
  const auto top = call.arguments.number("--top");
  if (top < 0 || top > kLargestTop)
    return cli::report(call,
                       cli::Trouble{cli::kUsage, fmt::format("--top takes a number up to {}", kLargestTop),
                                    "selfheal report read --help"});
  const bool timing = call.arguments.has("--timing");
  const auto* stopwatch = timing ? &call.streams.clock : nullptr;
  wanted->reading.stopwatch = stopwatch;
  LogReport report;
  // PostgreSQL's parser recurses over hostile statements.
  Thread reader("report", kWorkerStackBytes, [&] { report = read_all(*wanted, stopwatch, call.streams); });
  reader.join();
  report.notes = std::move(notes);
  report.top = static_cast<std::size_t>(top);
  report.raw = call.arguments.has("--raw");
  report.timing = timing;
  const int code = exit_code_of(report, call);
  const bool nothing =
      std::ranges::all_of(report.files, [](const auto& file) { return !file.unread.empty(); });
  if (nothing) return code;
  call.streams.out << (call.global.json ? boost::json::serialize(report_json(report)) + "\n"
                                        : report_text(report, call));
  return code;
}

}  // namespace

cli::Command report_read_command() {
  return {
      .name = "report read",
      .summary = "what a PostgreSQL log adds up to; needs no server",
      .examples = {"selfheal report read /var/log/postgresql/postgresql-15-main.log",
                   "selfheal report read /var/log/postgresql --top 20 --since '2026-11-25 14:00:00'",
                   "zcat server.csv.1.gz | selfheal report read - --json"},
      .options = {{.name = "--format",
                   .metavar = "FORMAT",
                   .help = "of the log; seen by the content when absent",
                   .words = {"jsonlog", "csvlog", "stderr"}},
                  {.name = "--prefix",
                   .metavar = "PREFIX",
                   .help = "log_line_prefix of a stderr log; guessed when absent"},
                  {.name = "--top",
                   .metavar = "N",
                   .help = "families to show",
                   .kind = cli::OptionKind::number,
                   .default_value = "10"},
                  {.name = "--since", .metavar = "TIME", .help = "only what was logged at or after"},
                  {.name = "--until", .metavar = "TIME", .help = "only what was logged before"},
                  {.name = "--raw",
                   .help = "show examples with the values of the application",
                   .kind = cli::OptionKind::flag},
                  {.name = "--timing", .help = "say where the time went", .kind = cli::OptionKind::flag}},
      .positionals = {{.name = "FILE",
                       .help = "jsonlog, csvlog or stderr, also compressed; a directory; - is standard input",
                       .repeated = true}},
      .run = report_read};
}

}  // namespace selfheal::server
