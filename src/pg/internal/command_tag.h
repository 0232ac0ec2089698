#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

namespace selfheal::pg::internal {

// The command tag (src/include/tcop/cmdtaglist.h) of a statement node of libpg_query's JSON tree. For a rare
// statement that the table does not list: the words of its node, `AlterFdwStmt` as "ALTER FDW".
std::string command_tag(std::string_view node_type, const boost::json::object& body);

}  // namespace selfheal::pg::internal
