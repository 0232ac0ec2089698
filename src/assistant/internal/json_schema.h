#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "base/result.h"

namespace selfheal::assistant::internal {

// The first JSON object in what a model wrote: alone, in a ``` fence, or between words. Null when there is
// none.
boost::json::value extract_json(std::string_view text);

// Whether `value` is what `schema` describes: type, properties, required, additionalProperties, items, enum,
// maxLength (in bytes), minimum, maximum, which is what our schemas consist of. The error begins with `what`,
// names the place and holds nothing of the value.
Status validate(const boost::json::value& value, const boost::json::value& schema,
                std::string_view what = "language model: the answer");

}  // namespace selfheal::assistant::internal
