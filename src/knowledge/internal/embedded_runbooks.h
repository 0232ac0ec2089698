#pragma once

#include <span>

#include "base/embedded.h"

// Written by cmake/embed.cmake: the files of runbooks/, by name.
namespace selfheal::embedded {
std::span<const EmbeddedFile> runbooks();
}  // namespace selfheal::embedded
