#pragma once

#include <string>
#include <utility>

namespace selfheal {

// A password, token or key. It cannot be formatted, logged, compared or converted; who needs the text says
// so.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  bool empty() const { return text_.empty(); }
  const std::string& reveal_to_client() const { return text_; }
  bool operator==(const Secret&) const = delete;

 private:
  std::string text_;
};

}  // namespace selfheal
