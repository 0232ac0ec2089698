#include "model/error_event.h"

#include <algorithm>

namespace selfheal {
namespace {

// PostgreSQL's names (GetBackendTypeDesc), the same in every language. A session is not initialized while it
// signs in; a parallel worker works for one.
constexpr std::string_view kSessions[] = {"", "client backend", "not initialized", "parallel worker",
                                          "standalone backend"};

}  // namespace

bool has_caller(const ErrorEvent& event) {
  return std::ranges::find(kSessions, event.backend_type) != std::end(kSessions);
}

}  // namespace selfheal
