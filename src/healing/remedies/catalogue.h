#pragma once

#include <span>

#include "healing/remedies/remedy.h"

namespace selfheal::healing {

// Every action class, sorted by name: what policies may name.
std::span<const RemedyKind* const> remedy_kinds();

}  // namespace selfheal::healing
