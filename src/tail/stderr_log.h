#pragma once

#include <memory>
#include <string>

#include "base/ids.h"
#include "tail/log_decoder.h"

// PostgreSQL's plain-text log (log_destination = stderr): a line with log_line_prefix, a level and the text,
// then lines that begin with a tab where the text has line feeds, then lines with the prefix and the label of
// another part: DETAIL, HINT, QUERY, CONTEXT, LOCATION, BACKTRACE, STATEMENT.
namespace selfheal::tail {

struct StderrOptions {
  // The setting of the server that wrote the log. With %p or %c, parts find their message also where several
  // processes write at once.
  std::string log_line_prefix = "%m [%p] ";
};

// Reads levels and labels in every language of PostgreSQL 15 whose server writes UTF-8. What no %e and no
// log_error_verbosity = verbose names gets its SQLSTATE from the sentence, where it is English and one code
// alone uses it.
//
// Lines that are not the server's (of scripts, of archive_command) are errors in what comes out and belong to
// no message; so are parts of a message whose first line was not seen.
//
// event.key: session and line number as %c and %l print them; without %c the session is made of the pid and
// of its start, in %c's form, where %s gives the start. Without either, session_id is empty. Without a session
// or without %l the line number is the offset of the message's first line, plus one.
//
// Records come out in the order of their first lines. Before anything comes out of take(), everything that
// was taken before that line has come out, so a checkpoint may stand in front of it.
std::unique_ptr<LogDecoder> stderr_decoder(ServerId server, StderrOptions options);

}  // namespace selfheal::tail
