#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "knowledge/knowledge.h"

namespace selfheal::knowledge::internal {

// Reads one file of runbooks. `key: text` on a line, a long text goes on in lines indented by two spaces, a
// blank line ends a runbook, and a line that starts with # between runbooks is a comment. Keys come in the
// order of Runbook's fields, `message` once for each; causes, sqlstates and messages may be absent, nothing
// else. ASCII, no tabs, no spaces at a line's end. An error says which line breaks which rule.
//
// The runbooks view into `text` and into the strings that are appended to `joined`; both must outlive them.
Result<std::vector<Runbook>> parse_runbooks(std::string_view text, std::deque<std::string>& joined);

}  // namespace selfheal::knowledge::internal
