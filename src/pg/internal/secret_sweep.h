#pragma once

#include <string>
#include <string_view>

namespace selfheal::pg::internal {

enum class Sweep {
  text,       // words, names, key=value settings, URLs
  statement,  // the shape of a statement: its values are gone already, `token = $1` is no secret
};

// Replaces what looks like a secret or a personal datum whatever stands around it: URLs and passwords in
// settings, e-mail and network addresses, payment cards, tokens of known services, keys in PEM, long random
// strings. UTF-8 in and out. Time is quadratic in the length of one word at worst, so callers cut at
// kFieldBytes first. It errs towards removing; sweep(sweep(x)) == sweep(x).
std::string sweep(std::string_view text, Sweep kind);

}  // namespace selfheal::pg::internal
