#include "pg/params.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <concepts>

namespace selfheal::pg {
namespace {

std::unexpected<Error> misfit(std::string_view what, const Param& field) {
  return failure(ErrorCode::invalid_input, field ? fmt::format("not {} ({} bytes)", what, field->size())
                                                 : fmt::format("NULL where {} was expected", what));
}

template <class Number>
Result<Number> read_number(const Param& field, std::string_view what) {
  if (!field) return misfit(what, field);
  Number number{};
  const auto* end = field->data() + field->size();
  const auto [stop, error] = std::from_chars(field->data(), end, number);
  if (error != std::errc{} || stop != end) return misfit(what, field);
  return number;
}

void append_quoted(std::string& out, std::string_view element) {
  out += '"';
  for (const char c : element) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

template <class Element, class Append>
std::string array_of(std::span<const Element> elements, Append append) {
  std::string out = "{";
  for (const auto& element : elements) {
    if (out.size() > 1) out += ',';
    append(out, element);
  }
  return out + "}";
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Reads the text of one array as array_in of PostgreSQL does (src/backend/utils/adt/arrayfuncs.c), but one
// dimension only. Each step returns false on what does not fit.
class ArrayReader {
 public:
  explicit ArrayReader(std::string_view text) : rest_(text) {}

  bool read(std::vector<Param>& elements) {
    skip_space();
    if (!skip_bounds() || !take('{')) return false;
    skip_space();
    if (!take('}')) {
      do {
        if (elements.size() == kArrayElements || !read_element(elements.emplace_back())) return false;
      } while (take(','));
      if (!take('}')) return false;
    }
    skip_space();
    return rest_.empty();
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_space() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  // "[0:1]=" before arrays that do not start at 1, such as int2vector's casts.
  bool skip_bounds() {
    if (!take('[')) return true;
    const auto end = rest_.find("]=");
    if (end == rest_.npos || rest_.substr(0, end).find_first_not_of("0123456789:-+") != rest_.npos)
      return false;
    rest_.remove_prefix(end + 2);
    return true;
  }

  bool read_element(Param& element) {
    skip_space();
    std::string text;
    if (take('"')) {
      if (!read_quoted(text)) return false;
      element = std::move(text);
    } else {
      if (!read_bare(text)) return false;
      if (text != "NULL") element = std::move(text);
    }
    skip_space();
    return true;
  }

  bool read_quoted(std::string& text) {
    while (!take('"')) {
      take('\\');
      if (rest_.empty()) return false;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    return true;
  }

  bool read_bare(std::string& text) {
    const auto end = rest_.find_first_of(",{}\"\\");
    auto bare = rest_.substr(0, end);
    rest_.remove_prefix(bare.size());
    while (!bare.empty() && is_space(bare.back())) bare.remove_suffix(1);
    text = bare;
    return !text.empty();
  }

  std::string_view rest_;
};

}  // namespace

Param to_param(std::string_view text) { return std::string(text); }
Param to_param(const char* text) { return std::string(text); }
Param to_param(std::int64_t number) { return fmt::to_string(number); }
Param to_param(int number) { return fmt::to_string(number); }
Param to_param(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return fmt::to_string(number);
}
Param to_param(bool truth) { return truth ? "t" : "f"; }
Param to_param(Time time) { return to_timestamptz(time); }

std::string to_array(std::span<const std::string> elements) {
  return array_of(elements,
                  [](std::string& out, const std::string& element) { append_quoted(out, element); });
}
std::string to_array(std::span<const Param> elements) {
  return array_of(elements, [](std::string& out, const Param& element) {
    if (element)
      append_quoted(out, *element);
    else
      out += "NULL";
  });
}
std::string to_array(std::span<const std::int64_t> elements) {
  return array_of(elements, [](std::string& out, std::int64_t element) { out += fmt::to_string(element); });
}

Result<std::int64_t> read_int64(const Param& field) {
  return read_number<std::int64_t>(field, "a whole number");
}

Result<double> read_double(const Param& field) {
  // from_chars takes "inf" and "nan" in any case, so PostgreSQL's Infinity and NaN too.
  return read_number<double>(field, "a number");
}

Result<bool> read_bool(const Param& field) {
  if (field == "t") return true;
  if (field == "f") return false;
  return misfit("a boolean", field);
}

Result<Time> read_time(const Param& field) {
  if (!field) return misfit("a time", field);
  return parse_time(*field);
}

Result<std::string> read_text(const Param& field) {
  if (!field) return misfit("a text", field);
  return *field;
}

Result<std::vector<Param>> read_array(const Param& field) {
  if (!field) return misfit("an array", field);
  std::vector<Param> elements;
  if (!ArrayReader(*field).read(elements)) return misfit("a one-dimensional array", field);
  return elements;
}

Result<std::vector<std::string>> read_text_array(const Param& field) {
  TRY(auto elements, read_array(field));
  std::vector<std::string> texts;
  for (auto& element : elements) {
    if (!element) return misfit("an array without NULL", field);
    texts.push_back(*std::move(element));
  }
  return texts;
}

Result<std::vector<std::int64_t>> read_int64_array(const Param& field) {
  TRY(const auto elements, read_array(field));
  std::vector<std::int64_t> numbers;
  for (const auto& element : elements) {
    TRY(const auto number, read_int64(element));
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace selfheal::pg
