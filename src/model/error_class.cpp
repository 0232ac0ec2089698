#include "model/error_class.h"

#include <boost/algorithm/string/case_conv.hpp>

namespace selfheal {

std::string to_text(Category category) { return boost::algorithm::to_upper_copy(to_word(category)); }

}  // namespace selfheal
