#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pg/redact.h"

// What the cells of evidence hold, by the name of their column, and so what may be shown of them.
namespace selfheal::healing {

// A cell as it may be shown to who may not see values, and to a model. Of a column that nobody wrote down
// nothing is shown.
pg::RedactedText redacted_cell(std::string_view column, std::string_view cell);
// The cells of a row in the same way, NULL for NULL. What belongs to one error is redacted together. Cells
// without a column are left out.
std::vector<std::optional<pg::RedactedText>> redacted_row(const std::vector<std::string>& columns,
                                                          const std::vector<std::optional<std::string>>& row);

}  // namespace selfheal::healing
