#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace selfheal::assistant {

// Text of anybody (a model, an attacker's table name, a cell) as it may be shown: nothing in it is a link to
// another site, an image, HTML, a mention of Slack's, or changes how what stands beside it reads, wherever it
// is shown: as plain text, as Markdown or in Slack. The one place that does it. Never fails; not idempotent
// only where it removes more. Bytes that are not UTF-8 become U+FFFD.
std::string safe_text(std::string_view text);

// The same for each text of a document, keys included. Statements under "sql" stay: they are shown as code,
// exactly as they run.
boost::json::value safe_value(const boost::json::value& value);

}  // namespace selfheal::assistant
