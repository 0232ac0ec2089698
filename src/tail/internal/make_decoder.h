#pragma once

#include <memory>
#include <string>

#include "base/ids.h"
#include "tail/log_decoder.h"

namespace selfheal::tail {

// The decoder of one format. `line_prefix` is the log_line_prefix of a stderr log.
std::unique_ptr<LogDecoder> make_decoder(LogFormat format, ServerId server, const std::string& line_prefix);

}  // namespace selfheal::tail
