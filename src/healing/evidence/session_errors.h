#pragma once

#include "healing/evidence/probe.h"

namespace selfheal::healing {

// The error before another of the same session, as the store has it (IncidentBook::before_in_session).
struct EarlierError {
  Time at{};
  std::string sqlstate;
  std::string condition;   // PostgreSQL's name of the code; empty when the incident is not known
  std::string transience;  // the word of Transience, or empty
  std::optional<std::int64_t> incident;
};

inline constexpr const char* kSessionErrors = "session_errors";

// Nothing when the session reported no error before.
Result<std::optional<EarlierError>> earlier_error(const Evidence& evidence);

}  // namespace selfheal::healing
