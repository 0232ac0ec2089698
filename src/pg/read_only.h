#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

// The gate that foreign SQL (a person's, a model's) passes before it reaches a watched database. It lets
// reads through and nothing else, whatever the role behind it may do. Its rules allow what is known to be
// harmless; what nobody reviewed is refused. Sources of the rules: PostgreSQL 15's grammar and pg_proc,
// docs/decisions/0008-read-only-gate.md.
//
//   text ── draft_read_only ──► draft, names ── the server's catalog ──► parse_read_only ──► ReadOnlySql
namespace selfheal::pg {

// Why a text may not run, for the person who wrote it.
struct Refusal {
  std::string rule;     // a word: "one_statement", "node", "function", "relation" …
  std::string why;      // a sentence
  std::string word;     // of the text, which caused it; may be empty
  int position = 0;     // its first character, from 1; 0: the text as a whole
  std::string instead;  // what is allowed, or empty
};

// A statement that only reads. Nothing but the gate makes one.
class ReadOnlySql {
 public:
  enum class Kind { select, explain, show };
  const std::string& text() const { return text_; }
  Kind kind() const { return kind_; }

 private:
  friend class ReadOnlyDraft;
  ReadOnlySql(std::string text, Kind kind) : text_(std::move(text)), kind_(kind) {}
  std::string text_;
  Kind kind_;
};

struct QualifiedUse {
  std::string schema;  // empty when the statement does not say
  std::string name;
  int location = 0;  // byte of the text

  friend bool operator<(const QualifiedUse& a, const QualifiedUse& b) {
    return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
  }
};

// What a statement names and only the catalog can tell about. Each name once.
struct NamesUsed {
  std::vector<QualifiedUse> functions;
  std::vector<QualifiedUse> operators;
  std::vector<QualifiedUse> types;
  std::vector<QualifiedUse> relations;
  std::vector<QualifiedUse>
      attributes;  // columns and fields: `u.f` calls a function when there is no column f
};

// What the server said about those names, all of them outside of what pg_catalog holds unless stated.
struct CatalogFacts {
  struct Function {
    std::string schema, name;
    std::string extension;  // it belongs to, or empty
    bool is_volatile = false;
    bool takes_row = false;  // one argument of a composite or pseudo type: callable as u.f
    bool is_on_path = true;  // callable without its schema
  };
  // `is_compiled`: code of the extension itself, in C, that does not say it changes something. Who installs
  // such an extension trusts it with the whole server.
  struct Operator {
    std::string schema, name, extension;
    bool is_compiled = false;
    // Without its schema: that is on the path, and the statement may have values of the types it takes.
    bool is_reachable = true;
  };
  struct Type {
    std::string schema, name, extension;
    // pg_type.typtype; 'd' also for what holds a domain somewhere: a row, an array, a range.
    char kind = 'b';
    bool is_compiled = false;  // its input
    bool is_on_path = true;    // nameable without its schema
  };
  // A function that no name in the statement calls: `by` a cast of a type that is read (an expression that
  // wants the other type is enough), a policy, a domain, an index that the planner looks at …
  struct Reached {
    std::string by;
    std::string schema, function, extension;
    bool is_compiled = false;
  };
  // As the search path of the session resolves it, pg_catalog's own included.
  struct Relation {
    QualifiedUse used;         // as in NamesUsed
    std::string schema, name;  // what it is; empty name: there is no such relation
    // pg_class.relkind; 'f' also for what has a foreign table among its partitions or children.
    char kind = 'r';
    std::string extension;
    std::string definition;           // of a view outside pg_catalog and information_schema
    std::vector<std::string> hidden;  // columns the role may not read
    bool is_readable = false;         // at least one column is
  };
  std::vector<Function> functions;
  std::vector<Operator> operators;
  std::vector<Type> types;
  std::vector<Relation> relations;
  std::vector<Reached> reached;
};

// A text whose tree is harmless as far as it can be seen without the catalog.
class ReadOnlyDraft {
 public:
  ~ReadOnlyDraft();
  ReadOnlyDraft(ReadOnlyDraft&&) noexcept;
  ReadOnlyDraft& operator=(ReadOnlyDraft&&) noexcept;

  const NamesUsed& names() const;
  // Checks the names. A view's definition is not looked into: the caller drafts it, too, and asks for its
  // names.
  std::expected<ReadOnlySql, Refusal> approve(const CatalogFacts& facts) const;

 private:
  struct State;
  friend std::expected<ReadOnlyDraft, Refusal> draft_read_only(std::string_view sql);
  explicit ReadOnlyDraft(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Limits, grammar, allowed nodes, settings. Any bytes. Needs a worker's stack (kWorkerStackBytes): the parser
// recurses.
std::expected<ReadOnlyDraft, Refusal> draft_read_only(std::string_view sql);

// Whether the functions of this extension only compute, so that its views need no look into.
bool is_trusted_extension(std::string_view name);

// Functions of pg_catalog that were reviewed: sorted names. A test compares them with the installed server's.
std::span<const std::string_view> reviewed_functions();
}  // namespace selfheal::pg
