#include "pg/internal/sql_parser.h"

#include <pg_query.h>

#include <boost/json/parse.hpp>

namespace selfheal::pg::internal {
namespace {

template <class T, void (*free)(T)>
struct Freed {
  T result;
  explicit Freed(T r) : result(r) {}
  ~Freed() { free(result); }
  Freed(const Freed&) = delete;
  Freed& operator=(const Freed&) = delete;
};
using ParseResult = Freed<PgQueryParseResult, pg_query_free_parse_result>;
using FingerprintResult = Freed<PgQueryFingerprintResult, pg_query_free_fingerprint_result>;

}  // namespace

std::expected<boost::json::value, ParseError> parse_tree(const std::string& sql,
                                                         boost::json::monotonic_resource& memory) {
  const ParseResult parsed(pg_query_parse(sql.c_str()));
  if (parsed.result.error || !parsed.result.parse_tree)
    return std::unexpected(ParseError{.position = parsed.result.error ? parsed.result.error->cursorpos : 0});
  boost::json::parse_options options;
  options.max_depth = kTreeDepth;
  boost::system::error_code error;
  auto tree = boost::json::parse(parsed.result.parse_tree, error, &memory, options);
  if (error) return std::unexpected(ParseError{.is_too_deep = true});
  return tree;
}

std::string parser_fingerprint(const std::string& sql) {
  const FingerprintResult fingerprint(pg_query_fingerprint(sql.c_str()));
  if (fingerprint.result.error || !fingerprint.result.fingerprint_str) return {};
  return fingerprint.result.fingerprint_str;
}

}  // namespace selfheal::pg::internal
