#pragma once

#include <string>

#include "base/words.h"

namespace selfheal {

// Did it help? cured needs two facts: fresh evidence that the trouble is gone, and silence of the
// fingerprint. unknown is a verdict: a probe that failed proves nothing.
enum class VerdictWord { unknown, cured, unchanged, worse };
BOOST_DESCRIBE_ENUM(VerdictWord, unknown, cured, unchanged, worse)

struct Verdict {
  VerdictWord word = VerdictWord::unknown;
  std::string reason;  // a sentence, without values
};

}  // namespace selfheal
