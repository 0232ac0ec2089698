#include "pg/statement_names.h"

#include <unordered_map>
#include <utility>

#include "pg/internal/statement_key.h"
#include "pg/statement.h"

namespace selfheal::pg {
namespace {

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using Generation = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;

// In front of a text that is its own key: no key begins so.
constexpr char kVerbatim = '\x04';

}  // namespace

// Two generations instead of a list of uses: what is asked for moves to the young one, and when that is full
// it becomes the old one, which is forgotten.
struct StatementNames::State {
  std::size_t kept;
  Generation young;
  Generation old;
  std::string key;
  std::string unkept;  // the answer for a statement that is too long to be remembered
  std::size_t parses = 0;

  const std::string* known() {
    if (const auto found = young.find(key); found != young.end()) return &found->second;
    const auto found = old.find(key);
    if (found == old.end()) return nullptr;
    return &keep(std::move(found->second));
  }
  const std::string& keep(std::string fingerprint) {
    if (young.size() >= kept) {
      old = std::move(young);
      young = {};
    }
    return young.insert_or_assign(key, std::move(fingerprint)).first->second;
  }
};

StatementNames::StatementNames(std::size_t kept) : state_(std::make_unique<State>()) { state_->kept = kept; }
StatementNames::~StatementNames() = default;

const std::string& StatementNames::fingerprint(std::string_view sql) {
  auto& key = state_->key;
  if (!internal::statement_key(sql, key)) {
    key = kVerbatim;
    key += sql;
  }
  if (const auto* known = state_->known()) return *known;
  ++state_->parses;
  auto fingerprint = statement_fingerprint(sql);
  if (key.size() > kKeptKeyBytes) return state_->unkept = std::move(fingerprint);
  return state_->keep(std::move(fingerprint));
}

std::size_t StatementNames::parses() const { return state_->parses; }

}  // namespace selfheal::pg
