#include "contract/schema.h"

#include <boost/algorithm/string/erase.hpp>

namespace selfheal::contract {

std::string Schemas::name_of(std::string type) {
  boost::erase_all(type, "selfheal::contract::");
  const auto open = type.find('<');
  if (open == type.npos) return type;
  return type.substr(open + 1, type.rfind('>') - open - 1) + type.substr(0, open);
}

}  // namespace selfheal::contract
