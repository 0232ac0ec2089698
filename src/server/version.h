#pragma once

namespace selfheal::server {

// Of the program; CMakeLists.txt says the same, and a test compares them.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace selfheal::server
