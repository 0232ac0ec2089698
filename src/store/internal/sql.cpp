#include "store/internal/sql.h"

#include "base/check.h"
#include "base/embedded.h"

namespace selfheal::embedded {
std::span<const EmbeddedFile> store_queries();
}

namespace selfheal::store {

std::string sql(std::string_view name) {
  for (const auto& file : embedded::store_queries())
    if (file.name.size() == name.size() + 4 && file.name.starts_with(name)) return std::string(file.text);
  check_failed(("there is no query " + std::string(name)).c_str(), __FILE__, __LINE__);
}

}  // namespace selfheal::store
