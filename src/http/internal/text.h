#pragma once

#include <string>
#include <string_view>

namespace selfheal::http {

// ASCII only, as RFC 9110 defines names of fields, methods and hosts.
bool equals_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);
std::string_view trimmed(std::string_view text);
// Well-formed UTF-8 as RFC 3629 has it: no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

}  // namespace selfheal::http
