#pragma once

#include <span>
#include <string_view>

// Errors that a client can make a server raise, with names that are hard to read, and the family that each
// must have whatever the language and the intake.
namespace selfheal::test {

struct ErrorCase {
  std::string_view sql;
  std::string_view family;  // in C++ spelling: what fingerprint_of answers
};

// Run once before the cases, as superuser.
extern const std::string_view kErrorCaseSetup;
std::span<const ErrorCase> error_cases();

}  // namespace selfheal::test
