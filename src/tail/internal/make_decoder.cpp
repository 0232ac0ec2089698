#include "tail/internal/make_decoder.h"

#include <utility>

#include "tail/csv_log.h"
#include "tail/json_log.h"
#include "tail/stderr_log.h"

namespace selfheal::tail {
namespace {

// One line is one record.
class JsonLines final : public LogDecoder {
 public:
  explicit JsonLines(ServerId server) : decoder_(std::move(server)) {}
  Decoded take(LogLine line, Time read_at) override {
    Decoded decoded;
    decoded.push_back(decoder_.decode(line, read_at));
    if (decoded.back()) return decoded;
    // Behind half a record of a server that died may stand a whole one.
    const auto start = last_record_start(line.text);
    if (start == std::string_view::npos) return decoded;
    line.text.remove_prefix(start);
    if (auto saved = decoder_.decode(line, read_at)) decoded.push_back(std::move(saved));
    return decoded;
  }
  Decoded finish(Time) override { return {}; }
  bool is_pending() const override { return false; }

 private:
  JsonLogDecoder decoder_;
};

}  // namespace

std::unique_ptr<LogDecoder> make_decoder(LogFormat format, ServerId server, const std::string& line_prefix) {
  switch (format) {
    case LogFormat::jsonlog:
      return std::make_unique<JsonLines>(std::move(server));
    case LogFormat::csvlog:
      return std::make_unique<CsvLogDecoder>(std::move(server));
    case LogFormat::stderr_:
      break;
  }
  return stderr_decoder(std::move(server), {.log_line_prefix = line_prefix});
}

}  // namespace selfheal::tail
