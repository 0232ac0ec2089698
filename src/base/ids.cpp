#include "base/ids.h"

#include <fmt/format.h>

namespace selfheal {

std::string to_text(IncidentNumber number) { return fmt::format("SH-{}", number.value()); }

}  // namespace selfheal
