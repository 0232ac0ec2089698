#pragma once

#include <string_view>

#include "pg/redact.h"

// What the cells of evidence hold, by the name of their column, and so what may be shown of them.
namespace selfheal::healing {

// A cell as it may be shown to who may not see values, and to a model. Of a column that nobody wrote down
// nothing is shown.
pg::RedactedText redacted_cell(std::string_view column, std::string_view cell);

}  // namespace selfheal::healing
