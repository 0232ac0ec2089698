#include "tail/internal/make_decoder.h"

#include <utility>

#include "tail/csv_log.h"
#include "tail/json_log.h"

namespace selfheal::tail {
namespace {

// One line is one record.
class JsonLines final : public LogDecoder {
 public:
  explicit JsonLines(ServerId server) : decoder_(std::move(server)) {}
  Decoded take(LogLine line, Time read_at) override {
    Decoded decoded;
    decoded.push_back(decoder_.decode(line, read_at));
    return decoded;
  }
  Decoded finish(Time) override { return {}; }
  bool is_pending() const override { return false; }

 private:
  JsonLogDecoder decoder_;
};

}  // namespace

Result<std::unique_ptr<LogDecoder>> make_decoder(LogFormat format, ServerId server, const std::string&) {
  switch (format) {
    case LogFormat::jsonlog:
      return std::make_unique<JsonLines>(std::move(server));
    case LogFormat::csvlog:
      return std::make_unique<CsvLogDecoder>(std::move(server));
    case LogFormat::stderr_:
      break;
  }
  return failure(ErrorCode::invalid_input, "stderr cannot be read");
}

}  // namespace selfheal::tail
