#pragma once

#include <boost/describe/enum.hpp>
#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace selfheal {

// The words of an enum are its enumerators: the same in our database, the API, the command line and the page.
// The enum is described with BOOST_DESCRIBE_ENUM beside its definition.
template <class Enum>
std::string to_word(Enum value) {
  return boost::describe::enum_to_string(value, "?");
}

template <class Enum>
std::optional<Enum> from_word(std::string_view word) {
  Enum value{};
  if (!boost::describe::enum_from_string(std::string(word).c_str(), value)) return std::nullopt;
  return value;
}

}  // namespace selfheal
