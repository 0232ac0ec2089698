#pragma once

// CHECK states what only a bug can break, in release too, and ends the process. Never on input, network or
// database.
namespace selfheal {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::selfheal::check_failed(#condition, __FILE__, __LINE__))
