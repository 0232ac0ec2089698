#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string_view>

namespace selfheal::pg {

// The five characters by which PostgreSQL names a condition (PostgreSQL manual, appendix A). A value always
// holds five characters of 0-9 and A-Z; which of them are known conditions is not this type's business,
// because extensions and RAISE may use any.
class SqlState {
 public:
  // Nothing when the text is not exactly five characters of 0-9 and A-Z. Lower case is refused: the server
  // never sends it.
  static std::optional<SqlState> parse(std::string_view text);

  // Both views live as long as this object.
  std::string_view text() const { return {code_.data(), code_.size()}; }
  // The first two characters, the class of the condition.
  std::string_view klass() const { return text().substr(0, 2); }

  friend auto operator<=>(const SqlState&, const SqlState&) = default;

 private:
  explicit SqlState(const std::array<char, 5>& code) : code_(code) {}
  std::array<char, 5> code_;
};

}  // namespace selfheal::pg
