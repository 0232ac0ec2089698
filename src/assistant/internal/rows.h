#pragma once

#include <string>

#include "assistant/internal/facts.h"
#include "assistant/ports.h"

namespace selfheal::assistant::internal {

// Rows of the application, whose cells a model must not read: the person gets them as they are; the model
// gets a handle for each, like [Q1.r2.c3], with what kind of thing it is. `call` is "Q1". See
// docs/decisions/0013-model-sees-no-values.md.
Facts hidden_rows(const SqlRows& rows, std::string_view call);

// Rows of a statement of ours over the catalog and the statistics. Columns called `query`, `application` and
// `user_name` hold what others wrote and are redacted as such; the rest are names, numbers and times.
Facts statistics_rows(const SqlRows& rows);

// Rows and cells that a model is shown or given handles of; the person sees all.
inline constexpr std::size_t kModelRows = 30;
inline constexpr std::size_t kModelColumns = 20;

}  // namespace selfheal::assistant::internal
