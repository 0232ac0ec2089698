#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/url_view.hpp>

#include "base/limits.h"
#include "http/internal/text.h"
#include "http/message.h"

// Takes the target of a request line apart. Boost.URL knows the grammar; what we refuse beyond it stands
// here.
namespace selfheal::http {
namespace {

namespace urls = boost::urls;

std::unexpected<Error> malformed(std::string_view rule) {
  return failure(ErrorCode::invalid_input, fmt::format("request target: {}", rule));
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// `encoded` has valid escapes: the grammar was checked. Line breaks are legitimate in a query's value, NUL
// never is.
Result<std::string> decoded(std::string_view encoded, bool plus_is_space) {
  urls::encoding_opts options;
  options.space_as_plus = plus_is_space;
  std::string text = urls::pct_string_view(encoded.data(), encoded.size()).decode(options);
  if (text.contains('\0')) return malformed("holds a NUL");
  if (!is_utf8(text)) return malformed("is not UTF-8");
  return text;
}

// "/a//b" and "/a/./b" could be "/a/b" to somebody else; we know one spelling and refuse the others.
Result<std::string> decoded_path(std::string_view encoded) {
  std::string path;
  while (!encoded.empty()) {
    encoded.remove_prefix(1);  // the slash
    const auto end = std::min(encoded.find('/'), encoded.size());
    TRY(const auto segment, decoded(encoded.substr(0, end), false));
    encoded.remove_prefix(end);
    if (has_control_character(segment)) return malformed("holds a control character");
    if (segment.find_first_of("/\\") != segment.npos)
      return malformed("holds an encoded slash or a backslash");
    if (segment == "." || segment == "..") return malformed("holds a dot segment");
    if (segment.empty() && !encoded.empty()) return malformed("holds an empty segment");
    path += '/';
    path += segment;
  }
  return path;
}

Result<Fields> decoded_query(std::string_view encoded) {
  Fields query;
  while (!encoded.empty()) {
    const auto end = std::min(encoded.find('&'), encoded.size());
    const auto pair = encoded.substr(0, end);
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
    if (pair.empty()) continue;
    if (query.size() == kHttpQueryParameters) return malformed("has too many query parameters");
    const auto equals = std::min(pair.find('='), pair.size());
    TRY(auto name, decoded(pair.substr(0, equals), true));
    TRY(auto value, decoded(pair.substr(std::min(equals + 1, pair.size())), true));
    query.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::string_view view(urls::pct_string_view text) { return {text.data(), text.size()}; }

}  // namespace

Result<Target> parse_target(std::string_view text) {
  if (text == "*") return Target{.path = "*"};
  const urls::string_view input(text.data(), text.size());
  const bool origin_form = text.starts_with('/');
  const auto url = origin_form ? urls::parse_origin_form(input) : urls::parse_absolute_uri(input);
  if (!url) return malformed("does not follow RFC 3986");
  Target target;
  if (!origin_form) {
    const bool http = url->scheme_id() == urls::scheme::http || url->scheme_id() == urls::scheme::https;
    if (!http || !url->has_authority() || url->has_userinfo()) return malformed("is not for an HTTP server");
    target.authority = std::string(view(url->encoded_authority()));
  }
  // Not url->encoded_path(): of "//a/b" it may take "a" for an authority. We refuse that by its empty
  // segment.
  const auto start = origin_form ? 0 : text.find('/', text.find("//") + 2);
  const auto question = std::min(text.find('?'), text.size());
  const auto path = start < question ? text.substr(start, question - start) : std::string_view("/");
  TRY(target.path, decoded_path(path));
  TRY(target.query, decoded_query(text.substr(std::min(question + 1, text.size()))));
  return target;
}

}  // namespace selfheal::http
