#pragma once

#include <string>
#include <string_view>
#include <vector>

// Whether one sentence says the same as another, told from its words alone and rather too strictly: an
// honest new wording may be turned down, a wrong one is not let through. Pure functions.
namespace selfheal::assistant::internal {

// What counts of a sentence, in its order: slots, and words without those that only hold a sentence together
// ("the", "is", "and" …). Words are in one form each: "waits" and "waiting" are "wait", "begin" is "start".
std::vector<std::string> gist(std::string_view text);

// Nothing, or why `worded` does not say what `original` says. The gist of the one must be that of the other
// in the same order, with nothing added and little left out; slots, negations, words of degree, direction and
// doubt may neither be added, left out nor moved.
std::string_view difference(std::string_view worded, std::string_view original);

// Nothing, or what in a model's text may not be shown at all: any character but letters and ordinary
// punctuation (so no digit, link, markup, quotation or control), words in capitals that `original` does not
// have. `slots` are those it may hold.
std::string_view indecency(std::string_view text, std::string_view original,
                           const std::vector<std::string>& slots);

// Of advice that stands on nothing: whether every word of it is one that `known` has or runbooks use, and it
// promises nothing and asks for nothing that cannot be taken back.
bool is_harmless_advice(std::string_view text, std::string_view known);

}  // namespace selfheal::assistant::internal
